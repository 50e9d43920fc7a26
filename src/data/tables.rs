//! The rows of the data, as they are after reading: checked one by one, not yet linked.

use serde::{Deserialize, Serialize};

/// Where a row stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct At {
    /// Number of the file in [`Tables::files`].
    pub file: u16,
    /// Line, from 1.
    pub line: u32,
}

/// Everything but merchants and places, which are laid out apart.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tables {
    pub files: Vec<String>,
    pub categories: Vec<CategoryRow>,
    /// MX, Plaid v2, Plaid v1.
    pub taxonomies: [Vec<TaxonomyRow>; 3],
    /// Plaid v2 code to v1 code, where they differ.
    pub renamed: Vec<(String, String)>,
    pub mcc: Vec<MccRow>,
    pub keywords: Vec<KeywordRow>,
    pub descriptors: Vec<DescriptorRow>,
    pub words: Vec<WordRow>,
    /// Word in upper case to the way it is written.
    pub spellings: Vec<(String, String)>,
    pub conditions: Vec<Condition>,
    pub regions: Vec<RegionRow>,
    pub countries: Vec<CountryRow>,
    pub compatibility: Vec<CompatibilityRow>,
    pub whole_firms: Vec<WholeFirmRow>,
    pub flags: Vec<FlagRow>,
    /// Names the data: an id of their compiled bytes.
    pub fingerprint: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CategoryRow {
    pub at: At,
    pub path: String,
    pub name: String,
    pub nature: String,
    pub mx: String,
    pub plaid: String,
    pub description: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TaxonomyRow {
    pub category: String,
    pub top_level: String,
    pub guid: String,
}

/// A merchant category code: what it says about the category, and how surely.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MccRow {
    pub at: At,
    pub mcc: u16,
    pub description: String,
    pub category: u16,
    /// 0 to 100.
    pub strength: u8,
    /// Kinds of merchants whose own category it outranks.
    pub outranks: Vec<u16>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeywordRow {
    pub at: At,
    /// Normalised words with one blank between.
    pub phrase: String,
    pub open_start: bool,
    pub open_end: bool,
    pub category: u16,
    /// 0 to 100.
    pub strength: u8,
    /// Spaced words, each with a blank before and after.
    pub not: Vec<String>,
}

/// A word that alone never names a merchant, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WordRow {
    pub at: At,
    pub word: String,
    pub kind: WordKind,
    /// The only countries in which the word is that; none: all.
    pub countries: Vec<String>,
}

/// What a generic word is to a merchant's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WordKind {
    /// A legal form: LLC, LTD, GMBH.
    Legal,
    /// Says "shop" or "branch" and nothing else: STORE, ONLINE, BRANCH.
    Shop,
    /// A common word: a merchant's name alone only with more evidence.
    Common,
    /// A word that makes the name before it that of a place: LANE, PARK, PLATZ.
    Place,
    /// A surname.
    Surname,
    /// A first name.
    FirstName,
    /// The end of a web address: COM, ORG.
    Domain,
}

/// What an alias demands beside its words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Condition {
    pub mcc: Vec<u16>,
    pub country: Vec<String>,
    /// Words or beginnings of words one of which must stand in the text.
    pub with: Vec<String>,
    /// Words none of which may.
    pub not: Vec<String>,
    /// Beside a word of another trade it is another's name, as one of ordinary words is.
    pub no_other_trade: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegionRow {
    pub country: String,
    pub code: String,
    pub name: String,
    /// Other codes that networks print for it.
    pub also: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CountryRow {
    pub iso2: String,
    pub iso3: String,
    pub name: String,
    pub currency: String,
    pub phone: String,
}

/// Something that cannot be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CompatibilityRow {
    pub category: String,
    /// Only money in, only money out, or both.
    pub credit: Option<bool>,
    /// Only accounts of this class, or all.
    pub class: Option<AccountClass>,
}

/// A trade that nobody runs on the side, and whose trades it may belong to all the same. Paths include all below them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WholeFirmRow {
    pub category: String,
    /// Words of the trade that the row speaks of; none: all.
    pub words: Vec<String>,
    pub unless: Vec<String>,
}

/// Accounts as far as they decide what can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum AccountClass {
    /// Checking, savings, prepaid and cash.
    Deposit = 0,
    /// Credit card.
    Card = 1,
    /// Loan, line, mortgage.
    Debt = 2,
    /// Brokerage, retirement, insurance.
    Investment = 3,
}

impl AccountClass {
    pub const ALL: [Self; 4] = [Self::Deposit, Self::Card, Self::Debt, Self::Investment];
}

/// How a merchant's name must stand in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum AliasMode {
    /// Anywhere on word boundaries.
    Anywhere = 0,
    /// As the first words of the name.
    Start = 1,
    /// Alone but for store number, place, legal form and references.
    Alone = 2,
}

#[derive(Clone, Debug)]
pub struct AliasRow {
    /// The name as the row writes it, without mark and conditions.
    pub written: String,
    pub key: String,
    pub mode: AliasMode,
    /// How many words it was written with.
    pub words: u8,
    /// Whether a local firm of another trade may bear it too.
    pub ordinary: bool,
    pub condition: Option<Condition>,
}

#[derive(Clone, Debug)]
pub struct MerchantRow {
    pub at: At,
    pub name: String,
    pub category: u16,
    pub credit: Option<u16>,
    pub aliases: Vec<AliasRow>,
    pub countries: Vec<String>,
    pub mcc: Vec<u16>,
    pub site: String,
    pub parent: String,
    pub wikidata: String,
    pub kind: u8,
    pub biller: Option<u8>,
    /// 0 to 100.
    pub subscription: u8,
    /// Taken from an open source rather than written by hand.
    pub imported: bool,
}

#[derive(Clone, Debug)]
pub struct PlaceRow {
    pub name: String,
    /// Names it has in other languages, and spellings without accents.
    pub also: Vec<String>,
    pub region: String,
    pub country: String,
    pub latitude: f32,
    pub longitude: f32,
    pub population: u32,
}

/// What the matched words are to the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DescriptorKind {
    /// A bank's wrapping around the name of somebody else; stripped.
    #[default]
    Envelope,
    /// A party between the account and the goods; the name of who stands behind it follows.
    Intermediary,
    /// Says what the transaction is; its category outranks merchants and words.
    Transaction,
    /// Says what the transaction is unless a merchant or words tell it better.
    Hint,
}

/// Where in the text, after earlier wrapping is taken off, a phrase must stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    #[default]
    Any,
    Start,
    End,
    Whole,
}

/// A phrase of a bank, network, processor or authority, linked to category numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DescriptorRow {
    pub at: At,
    pub id: String,
    pub kind: DescriptorKind,
    pub position: Position,
    pub sequences: Vec<Vec<Element>>,
    /// Spaced words, each with a blank before and after.
    pub not: Vec<String>,
    pub with: Vec<String>,
    pub countries: Vec<String>,
    /// `Some(true)`: only money in.
    pub credit_only: Option<bool>,
    pub category: Option<u16>,
    pub credit: Option<u16>,
    /// 0 to 100.
    pub strength: u8,
    /// Whether its words stay part of the name.
    pub keep: bool,
    pub flags: u16,
    pub international: Option<bool>,
    pub channel: Option<u8>,
    pub method: Option<u8>,
    pub party: Option<(u8, String)>,
    pub description: Option<String>,
    /// Instead of `description` for money in.
    pub credit_description: Option<String>,
}

/// One step of a phrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Element {
    /// A word, and the signs that must follow it.
    Word(String, u16),
    /// Something of a known shape.
    Slot(Slot),
    /// Something of a known shape, if it is there.
    Maybe(Slot),
    /// Signs that must stand behind a slot.
    Signs(u16),
}

/// What a phrase may hold besides its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// The merchant's or payee's name: one word or more.
    Name,
    /// A person's name: one word or more.
    Person,
    /// Somebody's name, and perhaps words on what it is for: a person's, if it looks like one, else a payee's.
    Payee,
    /// The name of the account's own holder, none included; taken off.
    Holder,
    /// Any words, none included; taken off.
    Any,
    /// What the payment is for, none included: no name, but words that tell the category.
    Purpose,
    /// Where it happened, none included: no name, but a place may stand in it.
    Address,
    /// Any one word; taken off.
    Word,
    /// A date in one to three tokens.
    Date,
    /// A time of day.
    Time,
    /// A number or a masked number.
    Digits,
    /// Digits of a card.
    Card,
    /// A reference: a token with a digit or a mask in it.
    Ref,
    /// A reference in which digits prevail.
    Code,
    /// A mandate's reference.
    Mandate,
    /// A check number.
    Check,
    /// A store number.
    Store,
    /// An amount of money in one to three tokens.
    Amount,
    /// A currency code.
    Currency,
    /// A phone number.
    Phone,
}

impl Slot {
    /// Whether it takes as many words as the rest of the phrase leaves it.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::Name | Self::Person | Self::Payee | Self::Holder | Self::Any | Self::Purpose | Self::Address
        )
    }
}

/// What a descriptor's examples promise; kept apart from the rows, as only checking needs them.
#[derive(Clone, Debug)]
pub struct ExampleRow {
    pub at: At,
    pub id: String,
    pub text: String,
    /// Whether the descriptor must be found in it, or must not.
    pub positive: bool,
    pub credit: Option<bool>,
    /// The account's country, for a descriptor of certain countries.
    pub country: Option<String>,
}

/// A flag's rule, and the categories that set it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FlagRow {
    pub name: String,
    /// Number of the flag in [`Flag::ALL`](crate::model::flags::Flag::ALL); none for `international`, which has three values.
    pub flag: Option<u8>,
    pub rule: String,
    pub categories: Vec<String>,
    /// Whether the categories set it only for money in, or only for money out.
    pub credit: Option<bool>,
    /// Categories that set it on a credit card account.
    pub on_cards: Vec<String>,
    /// Numbers of the [`TransferMethod`](crate::model::names::TransferMethod)s by which it must have moved; empty for any.
    pub methods: Vec<u8>,
}

/// An example of a flag: a transaction, and whether the flag must be set.
#[derive(Clone, Debug, Default)]
pub struct FlagExampleRow {
    pub at: At,
    /// The flag's row among the tables' flags.
    pub row: u16,
    /// Of the account.
    pub country: Option<String>,
    /// The account's kind: `CREDIT_CARD`.
    pub account_type: Option<String>,
    /// Signed: negative is money out.
    pub amount: String,
    pub text: String,
    pub positive: bool,
}
