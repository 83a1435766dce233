//! Splits model names in the forms of providers, clouds and gateways.
//!
//! Each step removes a part that does not change the price: a date, a version, a region. A word in
//! the middle or at the end that denotes another model (`-mini`, `-audio`) is never removed.

/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 512;

/// Prefixes of Bedrock's model ids for the region that serves a request.
const REGIONS: [&str; 14] = [
    "global.", "us-gov.", "us.", "eu.", "apac.", "ap.", "jp.", "au.", "ca.", "sa.", "me.", "af.",
    "il.", "mx.",
];

/// A normalized name for the lookup.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The name in lower case, without the path that some APIs add.
    pub(crate) name: String,
    /// Whether the name was an ARN, which only AWS uses.
    pub(crate) is_arn: bool,
}

/// Normalizes a name; `None` if it cannot have a price, as routes of a gateway and models that only
/// their owner knows.
pub(crate) fn written(model: &str) -> Option<Written> {
    let name = model.trim();
    if name.is_empty() || NAME_BYTES_MAX < name.len() {
        return None;
    }
    let name = name.to_ascii_lowercase();
    if name.starts_with("gateway:/") || name.starts_with("endpoints:/") {
        return None;
    }
    if name.starts_with("arn:") {
        let (what, id) = name.rsplit_once('/')?;
        let known = what.ends_with(":foundation-model") || what.ends_with(":inference-profile");
        return known.then(|| Written { name: id.to_owned(), is_arn: true });
    }
    // Google writes `models/x` and `projects/…/publishers/…/models/x` for `x`.
    let google = ["models/", "publishers/", "projects/"].iter().any(|p| name.starts_with(p));
    let name = match name.rsplit_once("models/") {
        Some((_, id)) if google => id.to_owned(),
        _ => name,
    };
    Some(Written { name, is_arn: false })
}

/// The name and all shorter names that mean the same, the most exact first.
pub(crate) fn readings(name: &str) -> Vec<&str> {
    let mut readings = Vec::with_capacity(8);
    shorten(name, &mut readings);
    let here = REGIONS.iter().find_map(|region| name.strip_prefix(region));
    if let Some(anywhere) = here.filter(|rest| has_vendor(rest)) {
        shorten(anywhere, &mut readings);
    }
    readings
}

fn shorten<'n>(name: &'n str, readings: &mut Vec<&'n str>) {
    let mut name = name;
    let mut add = |shorter: &'n str| {
        if readings.last() != Some(&shorter) {
            readings.push(shorter);
        }
    };
    add(name);
    if name.starts_with("ft:") {
        // In `ft:base:organisation:name:id`, all fine-tunes of a base cost the same.
        let base = name.match_indices(':').nth(1).map_or(name.len(), |(at, _)| at);
        name = &name[..base];
        add(name);
        add(without_date(name));
        return;
    }
    let steps = [
        without_note,
        without_revision,
        without_size,
        without_version,
        without_date,
        without_latest,
    ];
    for strip in steps {
        name = strip(name);
        add(name);
    }
}

/// Removes how a model is used, as in `claude-sonnet-4-5[1m]` and `claude-3.7-sonnet:thinking`.
fn without_note(name: &str) -> &str {
    let name = name.strip_suffix("[1m]").unwrap_or(name);
    let name = name.strip_suffix(":thinking").unwrap_or(name);
    name.strip_suffix(":beta").unwrap_or(name)
}

/// Removes the revision, as in `claude-sonnet-4@20250514` and `…@default`.
fn without_revision(name: &str) -> &str {
    name.split_once('@').map_or(name, |(name, _)| name)
}

/// Removes Bedrock's revision and context size after the colon, as in
/// `anthropic.claude-3-sonnet-20240229-v1:0` and `…-v1:0:28k`.
fn without_size(name: &str) -> &str {
    if has_vendor(name) { name.split_once(':').map_or(name, |(name, _)| name) } else { name }
}

fn without_version(name: &str) -> &str {
    match name.rsplit_once("-v") {
        Some((base, version)) if has_vendor(name) && is_number(version) => base,
        _ => name,
    }
}

/// Whether a name has the form of Bedrock's ids, `vendor.model`: a point before the first hyphen.
fn has_vendor(name: &str) -> bool {
    let first = name.split('-').next().unwrap_or(name);
    first.split_once('.').is_some_and(|(vendor, _)| {
        !vendor.is_empty() && vendor.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    })
}

/// Removes a date, as in `-2024-08-06` or `-20250929`.
fn without_date(name: &str) -> &str {
    let dated = |date: &str| match date.as_bytes() {
        [y @ .., m1, m2, d1, d2] if y.len() == 4 && is_number(date) => {
            let two = |a: &u8, b: &u8| 10 * (a - b'0') + (b - b'0');
            y.starts_with(b"20")
                && (1..=12).contains(&two(m1, m2))
                && (1..=31).contains(&two(d1, d2))
        }
        _ => false,
    };
    if let Some((base, date)) = name.rsplit_once('-')
        && dated(date)
    {
        return base;
    }
    let mut parts = name.rsplitn(4, '-');
    let (Some(day), Some(month), Some(year), Some(base)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return name;
    };
    let whole = year.len() == 4 && month.len() == 2 && day.len() == 2;
    if whole && dated(&format!("{year}{month}{day}")) { base } else { name }
}

fn without_latest(name: &str) -> &str {
    name.strip_suffix("-latest").unwrap_or(name)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `pattern`, in which `*` stands for any text, matches all of `name`.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut rest) = name.strip_prefix(head) else { return false };
    let Some((middle, last)) = tail.rsplit_once('*') else { return rest.ends_with(tail) };
    for part in middle.split('*') {
        // The first occurrence leaves the most for the parts that follow.
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_change_the_price_is_taken_off() {
        for (name, last) in [
            ("gpt-4o-2024-08-06", "gpt-4o"),
            ("gpt-4o-mini", "gpt-4o-mini"),
            ("gpt-4-0613", "gpt-4-0613"),
            ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
            ("claude-sonnet-4-5-20250929[1m]", "claude-sonnet-4-5"),
            ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
            ("claude-3-5-sonnet-latest", "claude-3-5-sonnet"),
            ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "anthropic.claude-3-5-sonnet"),
            ("anthropic.claude-3-sonnet-20240229-v1:0:28k", "anthropic.claude-3-sonnet"),
            ("us.model", "us.model"),
            ("gpt-3.5-turbo-v2", "gpt-3.5-turbo-v2"),
            ("model-20251399", "model-20251399"),
            ("ft:gpt-4o-2024-08-06:acme::b7r", "ft:gpt-4o"),
        ] {
            assert_eq!(readings(name).last(), Some(&last));
        }
    }

    #[test]
    fn the_region_is_kept_until_all_else_failed() {
        assert_eq!(
            readings("global.anthropic.claude-haiku-4-5-20251001-v1:0"),
            [
                "global.anthropic.claude-haiku-4-5-20251001-v1:0",
                "global.anthropic.claude-haiku-4-5-20251001-v1",
                "global.anthropic.claude-haiku-4-5-20251001",
                "global.anthropic.claude-haiku-4-5",
                "anthropic.claude-haiku-4-5-20251001-v1:0",
                "anthropic.claude-haiku-4-5-20251001-v1",
                "anthropic.claude-haiku-4-5-20251001",
                "anthropic.claude-haiku-4-5",
            ]
        );
    }

    #[test]
    fn paths_around_a_name_are_left_away() {
        let plain = |model: &str| written(model).map(|written| written.name);
        let of = |name: &str| Some(name.to_owned());
        assert_eq!(plain("models/Gemini-2.5-Pro"), of("gemini-2.5-pro"));
        let vertex = "projects/p/locations/eu/publishers/google/models/gemini-2.5-pro";
        assert_eq!(plain(vertex), of("gemini-2.5-pro"));
        let arn = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0";
        assert_eq!(plain(arn), of("amazon.nova-pro-v1:0"));
        let arn =
            "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-pro-v1:0";
        assert_eq!(plain(arn), of("eu.amazon.nova-pro-v1:0"));
        let own = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/ab12";
        for none in [own, "gateway:/chat", "endpoints:/x", "", "  ", &"x".repeat(600)] {
            assert_eq!(plain(none), None, "{none}");
        }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("prod-*-gpt4o", "prod-eu-gpt4o"));
        assert!(matches("*gpt*4o*", "my-gpt-or-4o"));
        assert!(matches("*", "x"));
        assert!(!matches("prod-*", "dev-prod-1"));
        assert!(!matches("a*a", "a"));
    }
}
