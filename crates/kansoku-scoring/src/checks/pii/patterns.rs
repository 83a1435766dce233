//! The kinds of personal data: where one may be, and whether it is one.
//!
//! Precision comes first: in traffic with order numbers, timestamps and ids, a kind that finds too
//! much is switched off. So numbers need separators, check digits or a word before them.
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use iban::Iban;
use regex::Regex;
use serde::{Deserialize, Serialize};

use super::check_digits::{is_luhn, is_my_number};

/// In the order in which they are searched for: what is found first is not found again as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PiiKind {
    Email,
    Iban,
    CreditCard,
    Ssn,
    IpAddress,
    MyNumber,
    Phone,
}

/// Words before a My Number that is written without separators, and how far before, in bytes.
const MY_NUMBER_WORDS: [&str; 4] = ["マイナンバー", "個人番号", "my number", "individual number"];
const WORD_DISTANCE_MAX: usize = 60;

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
});
static IBAN: LazyLock<Regex> = LazyLock::new(|| compile("[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}"));
static CREDIT_CARD: LazyLock<Regex> =
    LazyLock::new(|| compile("[2-6][0-9]{3}(?:[ -]?[0-9]){9,15}"));
static SSN: LazyLock<Regex> =
    LazyLock::new(|| compile("[0-9]{3}(?:-[0-9]{2}-| [0-9]{2} )[0-9]{4}"));
static IP_ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7}")
});
static MY_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| compile("[0-9]{4}(?:-[0-9]{4}-| [0-9]{4} |[0-9]{4})[0-9]{4}"));
static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    let forms = [
        // International, as in +49 (30) 1234-567.
        r"\+[1-9][0-9]{0,2}[ .-]?(?:\([0-9]{1,4}\)[ .-]?)?[0-9](?:[ .-]?[0-9]){5,12}",
        // The United States.
        r"\([2-9][0-9]{2}\) ?[0-9]{3}[ .-][0-9]{4}",
        r"[2-9][0-9]{2}(?:-[0-9]{3}-|\.[0-9]{3}\.)[0-9]{4}",
        // Japan, and its mobile phones without hyphens.
        r"0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4}",
        "0[789]0[0-9]{8}",
        // France.
        r"0[1-9](?:[ .][0-9]{2}){4}",
        // Germany and the United Kingdom.
        r"0[1-9][0-9]{1,4}(?: ?/ ?|-| )[0-9]{3,4}(?:[ -]?[0-9]{2,4}){1,2}",
    ];
    compile(&forms.join("|"))
});

fn compile(pattern: &str) -> Regex {
    // A match ends where a word of ASCII ends: text in Japanese has no space after a number.
    let pattern = format!(r"(?:{pattern})(?-u:\b)");
    Regex::new(&pattern).expect("the pattern is constant, and tests compile it")
}

impl PiiKind {
    pub(super) const ALL: [Self; 7] = [
        Self::Email,
        Self::Iban,
        Self::CreditCard,
        Self::Ssn,
        Self::IpAddress,
        Self::MyNumber,
        Self::Phone,
    ];

    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Email => "e-mail address",
            Self::Iban => "IBAN",
            Self::CreditCard => "card number",
            Self::Ssn => "social security number",
            Self::IpAddress => "IP address",
            Self::MyNumber => "My Number",
            Self::Phone => "phone number",
        }
    }

    pub(super) fn regex(self) -> &'static Regex {
        match self {
            Self::Email => &EMAIL,
            Self::Iban => &IBAN,
            Self::CreditCard => &CREDIT_CARD,
            Self::Ssn => &SSN,
            Self::IpAddress => &IP_ADDRESS,
            Self::MyNumber => &MY_NUMBER,
            Self::Phone => &PHONE,
        }
    }

    /// The part of a match that is of this kind; `before` is the text before it. A match can go on
    /// after its number with another number or word.
    pub(super) fn accept<'t>(self, matched: &'t str, before: &str) -> Option<&'t str> {
        let is_valid: fn(&str) -> bool = match self {
            Self::Email => return Some(matched),
            Self::Iban => |text| text.replace(' ', "").parse::<Iban>().is_ok(),
            Self::CreditCard => |text| is_card(&to_digits(text)),
            Self::Ssn => is_ssn,
            Self::IpAddress => is_public_address,
            Self::MyNumber => {
                let is_grouped = matched.contains([' ', '-']);
                let counts = is_grouped || has_my_number_word(before);
                return (counts && is_my_number(&to_digits(matched))).then_some(matched);
            }
            Self::Phone => |text| {
                // A date such as 01-02-2024 has 8 digits.
                let least = if text.starts_with('0') { 9 } else { 8 };
                (least..=15).contains(&to_digits(text).len())
            },
        };
        let shorter = matched.rmatch_indices([' ', '-']).map(|(end, _)| &matched[..end]);
        let may_be_shorter = matches!(self, Self::Iban | Self::CreditCard);
        let candidates = std::iter::once(matched).chain(shorter.filter(|_| may_be_shorter));
        candidates.into_iter().find(|text| is_valid(text))
    }
}

fn to_digits(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect()
}

/// Whether a number has the beginning, the length and the check digit of a payment card.
fn is_card(digits: &[u8]) -> bool {
    let start = |count: usize| {
        digits.iter().take(count).fold(0_u32, |number, digit| number * 10 + u32::from(*digit))
    };
    let has_length_of_issuer = match (start(2), start(4), digits.len()) {
        // Visa.
        (40..=49, _, 13 | 16 | 19) => true,
        // Mastercard.
        (51..=55, _, 16) | (_, 2221..=2720, 16) => true,
        // American Express, Diners Club.
        (34 | 37, _, 15) | (36 | 38 | 39, _, 14) | (_, 3000..=3059, 14) => true,
        // JCB, Discover, UnionPay.
        (_, 3528..=3589, 16..=19) | (65 | 62, _, 16..=19) => true,
        (_, 6011 | 6440..=6499, 16..=19) => true,
        _ => false,
    };
    has_length_of_issuer && is_luhn(digits)
}

/// Whether a number is one that the United States assign.
fn is_ssn(text: &str) -> bool {
    let area = &text[..3];
    area != "000" && area != "666" && area < "900" && &text[4..6] != "00" && &text[7..] != "0000"
}

/// Addresses of private networks and of the machine itself are nobody's.
fn is_public_address(text: &str) -> bool {
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return !(address.is_private()
            || address.is_loopback()
            || address.is_link_local()
            || address.is_unspecified()
            || address.is_broadcast());
    }
    // Names such as `a::b` parse too, outside of the public range.
    text.parse::<Ipv6Addr>().is_ok_and(|address| address.segments()[0] & 0xe000 == 0x2000)
}

fn has_my_number_word(before: &str) -> bool {
    let start = before.ceil_char_boundary(before.len().saturating_sub(WORD_DISTANCE_MAX));
    let near = before[start..].to_lowercase();
    MY_NUMBER_WORDS.iter().any(|word| near.contains(word))
}
