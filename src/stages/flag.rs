//! Fourth stage: yes-or-no statements. They follow from the category's nature, the descriptors' own flags, the merchant and
//! the direction; the invariants hold whatever the data say.

use super::clean::Reading;
use crate::knowledge::Knowledge;
use crate::model::category::Category;
use crate::model::flags::{Flag, Flags};
use crate::model::merchant::Merchant;
use crate::model::names::Nature;
use crate::model::transaction::{Country, Direction, Transaction};

/// A charge of a merchant is a subscription from this likelihood on.
const SUBSCRIPTION: f32 = 0.8;

/// Flags of one transaction.
pub fn flag(
    knowledge: &Knowledge,
    transaction: &Transaction,
    home: Option<Country>,
    reading: &Reading,
    merchant: Option<Merchant<'_>>,
    category: &Category,
) -> Flags {
    complete(from_descriptors(knowledge, reading), knowledge, transaction, home, reading, merchant, category)
}

/// Flags after the user has put one category in the place of another: what the bank's words said of the old one goes with it.
pub fn recategorized(
    knowledge: &Knowledge,
    transaction: &Transaction,
    home: Option<Country>,
    reading: &Reading,
    merchant: Option<Merchant<'_>>,
    before: &Category,
    category: &Category,
) -> Flags {
    let mut flags = from_descriptors(knowledge, reading);
    [Flag::Income, Flag::Expense, Flag::Transfer, Flag::Refund].iter().for_each(|flag| flags.remove(*flag));
    for row in &knowledge.flags {
        let sets = |category: &Category| row.categories.iter().any(|path| category.is_within(path));
        if sets(before) && !sets(category) {
            flags.remove(Flag::ALL[usize::from(row.flag)]);
        }
    }
    complete(flags, knowledge, transaction, home, reading, merchant, category)
}

/// What the descriptors say by themselves.
fn from_descriptors(knowledge: &Knowledge, reading: &Reading) -> Flags {
    let mut flags = Flags::NONE;
    for accepted in &reading.accepted {
        let row = knowledge.descriptors.row(accepted.descriptor);
        Flag::ALL.iter().filter(|flag| row.flags & (1 << **flag as u8) != 0).for_each(|flag| flags.insert(*flag));
        flags.international = row.international.or(flags.international);
    }
    flags
}

/// Adds what follows from category, merchant and place.
fn complete(
    mut flags: Flags,
    knowledge: &Knowledge,
    transaction: &Transaction,
    home: Option<Country>,
    reading: &Reading,
    merchant: Option<Merchant<'_>>,
    category: &Category,
) -> Flags {
    let direction = transaction.direction;
    let refund = knowledge.is_refund(category.id.0, direction);
    match category.nature {
        Nature::Income => flags.insert(Flag::Income),
        Nature::Expense => flags.insert(if refund { Flag::Refund } else { Flag::Expense }),
        Nature::Transfer => flags.insert(Flag::Transfer),
        Nature::None => {}
    }
    for row in &knowledge.flags {
        if row.categories.iter().any(|path| category.is_within(path)) {
            flags.insert(Flag::ALL[usize::from(row.flag)]);
        }
    }
    if let Some(merchant) = merchant {
        flags.set(Flag::Subscription, flags.contains(Flag::Subscription) || merchant.subscription() >= SUBSCRIPTION);
    }
    flags.international = flags.international.or_else(|| international(home, reading));
    invariants(&mut flags, direction);
    flags
}

/// Abroad if the place is in another country than the account.
fn international(home: Option<Country>, reading: &Reading) -> Option<bool> {
    let place = reading.place.as_ref()?.country?;
    Some(place != home?)
}

/// What holds for every answer.
pub fn invariants(flags: &mut Flags, direction: Option<Direction>) {
    let (credit, debit) = (direction == Some(Direction::Credit), direction == Some(Direction::Debit));
    if debit {
        [Flag::DirectDeposit, Flag::Income, Flag::Refund].iter().for_each(|flag| flags.remove(*flag));
    }
    if credit {
        [Flag::Subscription, Flag::BillPay, Flag::Expense, Flag::OverdraftFee, Flag::NsfFee, Flag::Fee]
            .iter()
            .for_each(|flag| flags.remove(*flag));
    }
    if flags.contains(Flag::OverdraftFee) {
        flags.insert(Flag::Fee);
        flags.remove(Flag::NsfFee);
    }
    if flags.contains(Flag::NsfFee) {
        flags.insert(Flag::Fee);
    }
    if flags.contains(Flag::Transfer) || flags.contains(Flag::Refund) {
        flags.remove(Flag::Income);
        flags.remove(Flag::Expense);
    }
    if flags.contains(Flag::Income) {
        flags.remove(Flag::Expense);
    }
}
