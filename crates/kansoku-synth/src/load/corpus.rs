//! Text that compresses, indexes and searches like that of real agents.
//!
//! Sentences are patterns with inserted words, names, numbers and codes; a few are Japanese.
use rand::RngExt;
use rand::rngs::StdRng;

const SENTENCES: &[&str] = &[
    "The {thing} for order {code} left the {place} on {day} and should arrive within {n} days.",
    "Please check whether the {adj} {thing} still matches the {topic} that {person} signed in {day}.",
    "According to section {n} of the {topic} policy, a {adj} {thing} can be returned within {n} days.",
    "{person} asked the {team} team to {verb} the {thing} before the {topic} review.",
    "Our records show {n} open {topic} tickets, {n} of which mention the {thing}.",
    "To {verb} the {thing}, open the {place} page, choose {topic}, and enter the code {code}.",
    "I could not {verb} the {adj} {thing} because the {topic} service answered with status {n}.",
    "Compared with last {day}, {topic} grew by {n} percent, mostly from the {place} region.",
    "If the {thing} stays {adj} for more than {n} minutes, escalate it to {person} in {team}.",
    "The customer is on the {adj} plan, pays {n} euros a month, and has used {n} of {n} credits.",
    "A {adj} {thing} is usually caused by a stale {topic} cache; try to {verb} it once.",
    "Refund {code} of {n}.{n} euros was issued to the card that ends in {n}.",
    "We recommend that you {verb} every {thing} in {place} before you change the {topic} settings.",
    "{person} confirmed that the {thing} from {place} is {adj} and needs no further {topic}.",
    "The function returns the {adj} {thing}, or an error when {topic} is missing.",
    "In the {place} warehouse there are {n} units of the {thing}, reserved for {person}.",
    "select count(*) from {topic} where region = '{place}' and created_at >= '2025-{n}-01' limit {n};",
    "Thank you for waiting, {person}. I have looked at the {thing} and at your {topic} history.",
    "Step {n}: {verb} the {thing}. Step {n}: tell the {team} team about {code}.",
    "No {adj} {thing} was found for {code}; the nearest match is {code} in {place}.",
    "See https://docs.example.com/{topic}/{code} for how the {team} team handles a {adj} {thing}.",
    "The warranty covers the {thing} for {n} months but not damage that happened in {place}.",
    "Between {n} and {n} of the {topic} requests were {adj}, which is why {person} wants to {verb} them.",
    "Invoice {code} is due on {day}; the {team} team can {verb} it until then.",
    "ご注文 {code} の{n}点は{day}に発送されました。到着まで{n}日ほどかかります。",
    "{topic} の設定を確認したところ、{n} 件のエラーが見つかりました。担当は {person} です。",
    "お問い合わせありがとうございます。{thing} の返品は {n} 日以内であれば可能です。",
];

const THINGS: &[&str] = &[
    "parcel",
    "invoice",
    "subscription",
    "router",
    "laptop",
    "contract",
    "dashboard",
    "report",
    "payment",
    "password",
    "keyboard",
    "booking",
    "policy document",
    "sensor",
    "pipeline",
    "database",
    "shipment",
    "battery",
    "ticket",
    "voucher",
    "camera",
    "printer",
    "license key",
    "backup",
    "certificate",
    "queue",
    "notebook",
    "cluster",
    "mailbox",
    "headset",
    "charger",
    "calendar",
    "survey",
    "prototype",
    "schema",
    "index",
    "webhook",
    "container",
    "firewall rule",
];
const TOPICS: &[&str] = &[
    "billing",
    "delivery",
    "returns",
    "security",
    "onboarding",
    "pricing",
    "inventory",
    "compliance",
    "latency",
    "retention",
    "warranty",
    "travel",
    "payroll",
    "analytics",
    "migration",
    "observability",
    "procurement",
    "support",
    "checkout",
    "forecasting",
    "recruiting",
    "localization",
    "quality",
    "access",
    "logistics",
    "marketing",
];
const ADJECTIVES: &[&str] = &[
    "late",
    "damaged",
    "annual",
    "premium",
    "duplicate",
    "missing",
    "temporary",
    "encrypted",
    "unexpected",
    "refurbished",
    "pending",
    "verified",
    "international",
    "outdated",
    "shared",
    "empty",
    "slow",
    "corrected",
    "partial",
    "regional",
    "automatic",
    "manual",
    "archived",
    "critical",
    "optional",
    "prepaid",
    "anonymous",
    "weekly",
];
const VERBS: &[&str] = &[
    "cancel",
    "renew",
    "restart",
    "review",
    "replace",
    "export",
    "merge",
    "approve",
    "translate",
    "summarize",
    "reindex",
    "refund",
    "upgrade",
    "archive",
    "verify",
    "reschedule",
    "split",
    "annotate",
    "compare",
    "restore",
    "forward",
];
const PLACES: &[&str] = &[
    "Hamburg",
    "Osaka",
    "Lisbon",
    "Toronto",
    "Nairobi",
    "Lyon",
    "Austin",
    "Tallinn",
    "Pune",
    "Kyoto",
    "Oslo",
    "Bogota",
    "Gdansk",
    "Melbourne",
    "Seoul",
    "Denver",
    "Porto",
    "Utrecht",
    "Santiago",
    "Leeds",
    "Fukuoka",
    "Zagreb",
    "Turin",
];
const PEOPLE: &[&str] = &[
    "Aiko Tanaka",
    "Jonas Weber",
    "Maria Silva",
    "Priya Nair",
    "Tom Becker",
    "Chen Wei",
    "Amara Okafor",
    "Lucia Rossi",
    "Henrik Dahl",
    "Sofia Petrova",
    "Diego Ramos",
    "Emma Clarke",
    "Yusuf Demir",
    "Nina Novak",
    "Kenji Mori",
    "Sara Lind",
    "Paul Martin",
    "Leila Haddad",
    "Oscar Nilsson",
    "Grace Kim",
];
const TEAMS: &[&str] = &[
    "platform",
    "finance",
    "field service",
    "data",
    "legal",
    "customer care",
    "research",
    "operations",
    "design",
];
const DAYS: &[&str] = &[
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "March",
    "June",
    "October",
    "December",
];

pub(super) fn pick<'a>(rng: &mut StdRng, words: &[&'a str]) -> &'a str {
    words[rng.random_range(0..words.len())]
}

pub(super) fn person(rng: &mut StdRng) -> &'static str {
    pick(rng, PEOPLE)
}

pub(super) fn place(rng: &mut StdRng) -> &'static str {
    pick(rng, PLACES)
}

pub(super) fn code(rng: &mut StdRng) -> String {
    format!("{}{}-{:06}", letter(rng), letter(rng), rng.random_range(0..1_000_000))
}

/// Complete sentences with a total length of at least `bytes`.
pub(super) fn text(rng: &mut StdRng, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 160);
    while text.len() < bytes {
        if !text.is_empty() {
            text.push(' ');
        }
        sentence(rng, &mut text);
    }
    text
}

fn sentence(rng: &mut StdRng, text: &mut String) {
    let mut rest = pick(rng, SENTENCES);
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (slot, after) = after.split_once('}').expect("every brace of a pattern is closed");
        match slot {
            "thing" => text.push_str(pick(rng, THINGS)),
            "topic" => text.push_str(pick(rng, TOPICS)),
            "adj" => text.push_str(pick(rng, ADJECTIVES)),
            "verb" => text.push_str(pick(rng, VERBS)),
            "place" => text.push_str(place(rng)),
            "person" => text.push_str(person(rng)),
            "team" => text.push_str(pick(rng, TEAMS)),
            "day" => text.push_str(pick(rng, DAYS)),
            "code" => text.push_str(&code(rng)),
            "n" => text.push_str(&rng.random_range(1..100_u32).to_string()),
            other => unreachable!("no words for `{other}`"),
        }
        rest = after;
    }
    text.push_str(rest);
}

fn letter(rng: &mut StdRng) -> char {
    char::from(b'A' + rng.random_range(0..26))
}
