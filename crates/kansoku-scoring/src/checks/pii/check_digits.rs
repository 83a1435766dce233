//! Check digits of numbers that identify persons and accounts.

/// Whether the last digit is that of Luhn, as on payment cards.
pub(super) fn is_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit < 5 => digit * 2,
            (_, digit) => digit * 2 - 9,
        })
        .sum();
    1 < digits.len() && sum.is_multiple_of(10)
}

/// Whether 12 digits are a Japanese individual number: the last is computed from the others, whose
/// weights from the right are 2 to 7 and 2 to 6.
pub(super) fn is_my_number(digits: &[u8]) -> bool {
    let [rest @ .., last] = digits else { return false };
    let weights = (2..=7).chain(2..=6);
    let sum: u32 = rest.iter().rev().zip(weights).map(|(digit, it)| u32::from(*digit) * it).sum();
    let expected = match sum % 11 {
        0 | 1 => 0,
        remainder => 11 - remainder,
    };
    digits.len() == 12 && u32::from(*last) == expected
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().map(|digit| digit - b'0').collect()
    }

    #[test]
    fn a_card_number_with_another_last_digit_is_invalid() {
        for number in ["4111111111111111", "378282246310005", "6011111111111117"] {
            assert!(is_luhn(&digits(number)), "{number}");
            let mut wrong = digits(number);
            *wrong.last_mut().unwrap() = (wrong.last().unwrap() + 1) % 10;
            assert!(!is_luhn(&wrong), "{number}");
        }
        assert!(!is_luhn(&[]) && !is_luhn(&[0]));
    }

    #[test]
    fn exactly_one_last_digit_completes_an_individual_number() {
        assert!(is_my_number(&digits("123456789018")));
        for start in ["12345678901", "00000000000", "98765432109"] {
            let all = (0..10).map(|last| [digits(start), vec![last]].concat());
            assert_eq!(all.filter(|number| is_my_number(number)).count(), 1, "{start}");
        }
        assert!(!is_my_number(&digits("12345678901")) && !is_my_number(&[]));
    }
}
