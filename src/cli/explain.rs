//! `payee explain`: one description through the whole pipeline, each stage shown with its rule.

use clap::Args;
use payee::{AccountType, Country, Currency, Decimal, Direction, Mcc, Taxonomy, Transaction};

use super::{Failure, Knowledge, amount, print, taxonomy};

/// Arguments of the command.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  payee explain 'CHECKCARD 0312 SQ *BLUE BOTTLE COFFEE 415-555-0100 SAN FRANCISCO CA' --amount -6.75\n  payee explain 'ACME INC PAYROLL' --amount 2000"
)]
pub struct Explain {
    /// The description as the bank printed it
    text: String,
    /// The second line of the bank's text
    #[arg(long)]
    memo: Option<String>,
    /// Signed amount: negative is money out
    #[arg(long, allow_negative_numbers = true, value_parser = amount)]
    amount: Option<Decimal>,
    /// DEBIT or CREDIT, where no amount tells it
    #[arg(long = "type", value_name = "TYPE")]
    direction: Option<Direction>,
    /// Merchant category code
    #[arg(long)]
    mcc: Option<Mcc>,
    /// Currency of the amount
    #[arg(long)]
    currency: Option<Currency>,
    /// Country of the account
    #[arg(long)]
    country: Option<Country>,
    /// Kind of the account: CHECKING, CREDIT_CARD, ...
    #[arg(long, value_name = "TYPE")]
    account_type: Option<AccountType>,
    /// Names of the categories: payee, mx, plaid-v2 or plaid-v1
    #[arg(long, default_value = "mx", value_parser = taxonomy)]
    taxonomy: Taxonomy,
    /// Mask numbers of accounts, cards and telephones and addresses of mail in the text itself too, and names of persons
    #[arg(long)]
    redact: bool,
    #[command(flatten)]
    knowledge: Knowledge,
}

impl Explain {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let engine = self.knowledge.engine()?;
        let mut transaction = Transaction::new(self.text);
        transaction.memo = self.memo;
        transaction.direction = self.direction;
        if let Some(amount) = self.amount {
            transaction.set_signed_amount(amount);
        }
        transaction.merchant_category_code = self.mcc;
        transaction.currency_code = self.currency;
        transaction.country = self.country;
        transaction.account_type = self.account_type;
        let mut explanation = engine.explain(&transaction).in_taxonomy(self.taxonomy);
        if self.redact {
            explanation = explanation.redacted();
        }
        print(explanation.to_string().as_bytes())
    }
}
