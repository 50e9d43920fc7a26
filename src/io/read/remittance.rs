//! What banks put into the information field of MT940 entries.

/// Who is on the other side, and what for.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Remittance {
    pub party: Option<String>,
    pub text: Option<String>,
    pub kind: Option<String>,
}

/// Reads an information field: `166?00GEHALT?20…?32…` of German banks, `/NAME/…/REMI/…` of Dutch ones, or plain text.
pub(crate) fn remittance(text: &str) -> Remittance {
    if let Some(sign) = subfield_sign(text) {
        return numbered(text, sign);
    }
    let joined: String = text.split('\n').map(str::trim_end).collect();
    if let Some(named) = named(&joined) {
        return named;
    }
    let plain = text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    Remittance { text: filled(plain), ..Remittance::default() }
}

fn filled(text: String) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// The sign before the numbers of subfields: that behind a code of three digits, if two digits follow it.
fn subfield_sign(text: &str) -> Option<char> {
    let code = text.get(..3).filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
    let rest = code.map_or(text, |_| &text[3..]);
    let sign = rest.chars().next().filter(|sign| !sign.is_alphanumeric() && !sign.is_whitespace() && *sign != '/')?;
    let number = rest[sign.len_utf8()..].get(..2)?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then_some(sign)
}

/// Subfields by number: 00 the booking text, 20 to 29 and 60 to 63 the purpose, 32 and 33 the name.
fn numbered(text: &str, sign: char) -> Remittance {
    let joined = text.replace('\n', "");
    let mut out = Remittance::default();
    let (mut purpose, mut name) = (String::new(), String::new());
    for part in joined.split(sign).skip(1) {
        let Some((number, value)) = part.split_at_checked(2) else { continue };
        match number.parse::<u8>() {
            Ok(0) => out.kind = filled(value.to_owned()),
            Ok(20..=29 | 60..=63) => purpose.push_str(value),
            Ok(32 | 33) => name.push_str(value),
            _ => {}
        }
    }
    out.party = filled(name);
    out.text = filled(sepa(&purpose));
    out
}

/// The free text of a purpose with SEPA marks: what follows `SVWZ+`, or all of it.
fn sepa(purpose: &str) -> String {
    let Some(at) = purpose.find("SVWZ+") else { return purpose.to_owned() };
    let text = &purpose[at + 5..];
    // Another mark ends it: four capital letters and a plus.
    let is_mark = |at: usize| {
        text.get(at..at + 5)
            .is_some_and(|mark| mark.ends_with('+') && mark.bytes().take(4).all(|byte| byte.is_ascii_uppercase()))
    };
    let end = (0..text.len()).find(|at| is_mark(*at)).unwrap_or(text.len());
    text[..end].to_owned()
}

/// Parts by name between slashes.
fn named(text: &str) -> Option<Remittance> {
    let mut keys = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('/') {
        let start = at + found + 1;
        let end = text[start..].find('/').map(|length| start + length);
        match end {
            Some(end) if is_key(&text[start..end]) => {
                keys.push((start, end));
                at = end;
            }
            Some(_) => at = start,
            None => break,
        }
    }
    let (first, _) = *keys.first()?;
    if first != 1 {
        return None;
    }
    let value = |name: &str| {
        let place = keys.iter().position(|(start, end)| &text[*start..*end] == name)?;
        let start = keys[place].1 + 1;
        let end = keys.get(place + 1).map_or(text.len(), |(next, _)| next - 1);
        text.get(start..end.max(start)).map(str::to_owned)
    };
    // The counterparty has its account, its bank, its name and its town.
    let counterparty = value("CNTP").and_then(|party| party.split('/').nth(2).map(str::to_owned));
    let remittance = value("REMI").map(|text| {
        let text = text.strip_prefix("USTD//").or_else(|| text.strip_prefix("STRD/CUR/")).unwrap_or(&text);
        text.trim_matches('/').to_owned()
    });
    let out = Remittance {
        party: value("NAME").or(counterparty).and_then(filled),
        text: remittance.and_then(filled),
        kind: value("TRTP").and_then(filled),
    };
    (out != Remittance::default()).then_some(out)
}

/// Names of parts are three or four capital letters.
fn is_key(text: &str) -> bool {
    matches!(
        text,
        "TRTP"
            | "IBAN"
            | "BIC"
            | "NAME"
            | "REMI"
            | "EREF"
            | "MARF"
            | "CSID"
            | "CNTP"
            | "ORDP"
            | "BENM"
            | "KREF"
            | "PREF"
            | "SVCL"
            | "PURP"
            | "RTRN"
            | "ADDR"
            | "ID"
            | "ULTC"
            | "ULTD"
            | "ULTB"
            | "ISDT"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, String, String) {
        let told = remittance(text);
        (told.party.unwrap_or_default(), told.text.unwrap_or_default(), told.kind.unwrap_or_default())
    }

    #[test]
    fn forms_of_the_information_field() {
        let of = |party: &str, text: &str, kind: &str| (party.to_owned(), text.to_owned(), kind.to_owned());
        assert_eq!(
            read("166?00GEHALT?109310?20EREF+1234?21SVWZ+Lohn 01\n?22/2025?30BANKDEFF?31DE00?32BEISPIEL?33 AG?34000"),
            of("BEISPIEL AG", "Lohn 01/2025", "GEHALT")
        );
        assert_eq!(
            read(
                "/TRTP/SEPA OVERBOEKING/IBAN/NL00BANK0/BIC/BANKNL2A/NAME/V. OORBEELD/REMI/HUUR\n JANUARI/EREF/NOTPROVIDED"
            ),
            of("V. OORBEELD", "HUUR JANUARI", "SEPA OVERBOEKING")
        );
        assert_eq!(
            read("/EREF/12//CNTP/NL00/BANKNL/Voorbeeld BV/Utrecht//REMI/USTD//factuur 12/"),
            of("Voorbeeld BV", "factuur 12", "")
        );
        assert_eq!(read("CARD PAYMENT\n COFFEE SHOP"), of("", "CARD PAYMENT COFFEE SHOP", ""));
        assert_eq!(read(""), of("", "", ""));
    }
}
