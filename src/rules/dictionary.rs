//! Merchants as rules name them: by name or by stable id.

use std::collections::HashMap;

use once_cell::unsync::OnceCell;
use uuid::Uuid;

use super::condition::MerchantName;
use super::fold::fold;
use super::suggest;
use crate::data::compile::merchant_uuid;
use crate::data::tables::{At, MerchantRow};
use crate::knowledge::merchants::MerchantTable;
use crate::model::names::CounterpartyKind;

/// Prefix of a merchant's id in records.
const PREFIX: &str = "MCH-";

/// A merchant of the user's own dictionary or of the built-in one, by its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MerchantNumber {
    pub own: bool,
    pub number: u32,
}

/// Both dictionaries while rules are read. Names that no dictionary has are added to the user's own.
pub struct Dictionary<'n> {
    builtin: &'n MerchantTable,
    own: &'n mut Vec<MerchantRow>,
    by_name: OnceCell<HashMap<String, MerchantNumber>>,
    /// Category of merchants that only a rule names, where the rule gives none.
    fallback: u16,
}

impl<'n> Dictionary<'n> {
    pub fn new(builtin: &'n MerchantTable, own: &'n mut Vec<MerchantRow>, fallback: u16) -> Self {
        Self { builtin, own, by_name: OnceCell::new(), fallback }
    }

    /// The merchant a condition names.
    pub fn named(&self, written: &str) -> Result<MerchantName, String> {
        if let Some(guid) = guid(written) {
            let found = self.by_guid(guid).ok_or_else(|| missing_guid(written))?;
            return Ok(MerchantName::Guid(guid, fold(self.name(found))));
        }
        let folded = fold(written);
        if self.names().contains_key(&folded) {
            return Ok(MerchantName::Name(folded));
        }
        let known = (0..self.builtin.len()).map(|number| self.builtin.name(number));
        let known = known.chain(self.own.iter().map(|row| row.name.as_str()));
        Err(suggest::unknown(written, "merchant", known, "`payee list merchants --search` finds names"))
    }

    /// The merchant an action gives; a new name becomes a merchant of the user's own.
    pub fn named_or_new(&mut self, written: &str, category: Option<u16>, at: At) -> Result<MerchantNumber, String> {
        if let Some(guid) = guid(written) {
            return self.by_guid(guid).ok_or_else(|| missing_guid(written));
        }
        let folded = fold(written);
        if let Some(found) = self.names().get(&folded) {
            return Ok(*found);
        }
        let added = MerchantNumber { own: true, number: self.own.len() as u32 };
        self.own.push(MerchantRow {
            at,
            name: written.to_owned(),
            category: category.unwrap_or(self.fallback),
            credit: None,
            aliases: Vec::new(),
            countries: Vec::new(),
            mcc: Vec::new(),
            site: String::new(),
            parent: String::new(),
            wikidata: String::new(),
            kind: CounterpartyKind::Merchant as u8,
            biller: None,
            subscription: 0,
            imported: false,
        });
        if let Some(names) = self.by_name.get_mut() {
            names.insert(folded, added);
        }
        Ok(added)
    }

    fn name(&self, merchant: MerchantNumber) -> &str {
        match merchant.own {
            true => &self.own[merchant.number as usize].name,
            false => self.builtin.name(merchant.number),
        }
    }

    fn by_guid(&self, guid: Uuid) -> Option<MerchantNumber> {
        let own = self.own.iter().position(|row| merchant_uuid(row) == guid);
        let builtin = || (0..self.builtin.len()).find(|number| self.builtin.guid(*number) == guid);
        own.map(|number| MerchantNumber { own: true, number: number as u32 })
            .or_else(|| builtin().map(|number| MerchantNumber { own: false, number }))
    }

    /// Every folded name; the user's own outrank the built-in ones, the hand-written the imported.
    fn names(&self) -> &HashMap<String, MerchantNumber> {
        self.by_name.get_or_init(|| {
            let mut names = HashMap::new();
            let builtin = |imported: bool| {
                let numbers =
                    (0..self.builtin.len()).filter(move |number| self.builtin.is_imported(*number) == imported);
                numbers.map(|number| (self.builtin.name(number), MerchantNumber { own: false, number }))
            };
            let own = self.own.iter().enumerate();
            let own = own.map(|(number, row)| (row.name.as_str(), MerchantNumber { own: true, number: number as u32 }));
            for (name, number) in own.chain(builtin(false)).chain(builtin(true)) {
                names.entry(fold(name)).or_insert(number);
            }
            names
        })
    }
}

fn guid(written: &str) -> Option<Uuid> {
    Uuid::parse_str(written.strip_prefix(PREFIX).unwrap_or(written)).ok()
}

fn missing_guid(written: &str) -> String {
    format!("`{written}` is the id of no merchant: take it from the column merchant_guid")
}
