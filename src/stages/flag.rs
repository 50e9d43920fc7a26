//! Fourth stage: yes-or-no statements. They follow from the category's nature, the descriptors' own flags, the merchant and
//! the direction; the invariants hold whatever the data say.

use super::clean::Reading;
use super::details;
use crate::knowledge::Knowledge;
use crate::model::category::Category;
use crate::model::flags::{Flag, Flags};
use crate::model::merchant::Merchant;
use crate::model::names::{Nature, TransferMethod};
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
    let method = details::transfer_method(knowledge, reading);
    flags.remove_all(knowledge.flags.of(before, transaction, method));
    complete(flags, knowledge, transaction, home, reading, merchant, category)
}

/// What the descriptors say by themselves.
fn from_descriptors(knowledge: &Knowledge, reading: &Reading) -> Flags {
    let mut flags = Flags::NONE;
    for accepted in reading.all_accepted() {
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
    // A rail that mostly moves money may also pay wages, rent or fees.
    if matches!(category.nature, Nature::Income | Nature::Expense) {
        flags.remove(Flag::Transfer);
    }
    match category.nature {
        Nature::Income => flags.insert(Flag::Income),
        Nature::Expense => flags.insert(if refund { Flag::Refund } else { Flag::Expense }),
        Nature::Transfer => flags.insert(Flag::Transfer),
        Nature::None => {}
    }
    let method = details::transfer_method(knowledge, reading);
    let by_category = knowledge.flags.of(category, transaction, method);
    // A shop that collects by direct debit sends no bills.
    let shop = merchant.is_some_and(|merchant| merchant.biller().is_none());
    if shop && method == Some(TransferMethod::DirectDebit) {
        flags.remove(Flag::BillPay);
    }
    flags.extend(by_category);
    // What cannot be income, as on a credit card, is no deposit of pay, whatever the words.
    if category.nature != Nature::Income {
        flags.remove(Flag::DirectDeposit);
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

/// Flags that say money came in.
const MONEY_IN: [Flag; 3] = [Flag::DirectDeposit, Flag::Income, Flag::Refund];

/// Flags that say money went out.
const MONEY_OUT: [Flag; 6] =
    [Flag::Subscription, Flag::BillPay, Flag::Expense, Flag::OverdraftFee, Flag::NsfFee, Flag::Fee];

/// What holds for every answer.
pub fn invariants(flags: &mut Flags, direction: Option<Direction>) {
    let mut clear = |list: &[Flag]| list.iter().for_each(|flag| flags.remove(*flag));
    match direction {
        Some(Direction::Debit) => clear(&MONEY_IN),
        Some(Direction::Credit) => clear(&MONEY_OUT),
        // Deposits and subscriptions are told only of money whose direction is known.
        None => clear(&[Flag::DirectDeposit, Flag::Subscription]),
    }
    if flags.contains(Flag::OverdraftFee) {
        flags.insert(Flag::Fee);
        flags.remove(Flag::NsfFee);
    }
    if flags.contains(Flag::NsfFee) {
        flags.insert(Flag::Fee);
    }
    if flags.contains(Flag::Transfer) || flags.contains(Flag::Refund) {
        [Flag::Income, Flag::Expense, Flag::DirectDeposit].iter().for_each(|flag| flags.remove(*flag));
    }
    if flags.contains(Flag::Income) {
        flags.remove(Flag::Expense);
    }
}
