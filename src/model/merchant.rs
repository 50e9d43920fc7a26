use std::fmt;

use uuid::Uuid;

use super::category::Category;
use super::enriched::RuleRef;
use super::names::{BillerKind, CounterpartyKind};
use crate::knowledge::merchants::MerchantTable;

/// A merchant of the dictionary. Two words, `Copy`; its facts are read in place.
#[derive(Clone, Copy)]
pub struct Merchant<'e> {
    pub(crate) table: &'e MerchantTable,
    pub(crate) number: u32,
    pub(crate) categories: &'e [Category],
    pub(crate) files: &'e [String],
}

impl<'e> Merchant<'e> {
    /// Name as a person writes it.
    pub fn name(self) -> &'e str {
        self.table.name(self.number)
    }

    /// Stable id: UUIDv5 of the merchant's key. The same merchant has the same id in every version and on every machine.
    pub fn guid(self) -> Uuid {
        self.table.guid(self.number)
    }

    /// What a payment to it is for.
    pub fn category(self) -> &'e Category {
        &self.categories[usize::from(self.table.category(self.number))]
    }

    /// What money from it is, where that is no refund.
    pub fn credit_category(self) -> Option<&'e Category> {
        self.table.credit(self.number).map(|number| &self.categories[usize::from(number)])
    }

    /// Countries it is met in, ISO 3166 alpha-2; none listed means anywhere.
    pub fn countries(self) -> impl Iterator<Item = &'e str> {
        self.table.countries(self.number).split_ascii_whitespace()
    }

    /// Codes it is acquired under, the usual one first; at most four.
    pub fn mcc(self) -> impl Iterator<Item = u16> {
        self.table.mcc(self.number).into_iter().filter(|code| *code != 0)
    }

    /// Domain.
    pub fn site(self) -> Option<&'e str> {
        Some(self.table.site(self.number)).filter(|site| !site.is_empty())
    }

    /// The company behind it.
    pub fn parent(self) -> Option<&'e str> {
        Some(self.table.parent(self.number)).filter(|parent| !parent.is_empty())
    }

    /// Wikidata id.
    pub fn wikidata(self) -> Option<&'e str> {
        Some(self.table.wikidata(self.number)).filter(|id| !id.is_empty())
    }

    /// What kind of party it is.
    pub fn kind(self) -> CounterpartyKind {
        self.table.kind(self.number)
    }

    /// What it bills for, if it is a biller.
    pub fn biller(self) -> Option<BillerKind> {
        self.table.biller(self.number)
    }

    /// How likely a charge is a subscription, 0 to 1.
    pub fn subscription(self) -> f32 {
        f32::from(self.table.subscription(self.number)) / 100.0
    }

    /// Whether the row was taken from an open source rather than written by hand.
    pub fn is_imported(self) -> bool {
        self.table.is_imported(self.number)
    }

    /// The row of the dictionary.
    pub fn rule(self) -> RuleRef<'e> {
        let at = self.table.at(self.number);
        RuleRef { file: &self.files[usize::from(at.file)], line: at.line }
    }
}

impl PartialEq for Merchant<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.guid() == other.guid()
    }
}

impl fmt::Debug for Merchant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Merchant").field(&self.name()).finish()
    }
}
