//! The usual phrases of refusals, by language, over normalized text.
//!
//! A phrase needs both the inability and the act that is refused: an apology alone is no refusal,
//! and neither is a fact that something is impossible.
use std::sync::LazyLock;

use regex::RegexSet;

struct Phrase {
    language: &'static str,
    /// The alternatives of each part as a regular expression.
    parts: &'static [&'static str],
    /// The text between two parts as a regular expression.
    between: &'static str,
}

/// One word at most.
const NEAR: &str = r"(?: [\w'-]+)? ";
/// Five words at most.
const FAR: &str = r"(?: [\w'-]+){0,5} ";
const ADJACENT: &str = "";

const PHRASES: [Phrase; 9] = [
    Phrase {
        language: "English",
        parts: &[
            "\\bi (?:can't|cannot|can not|won't|will not|won't be able to)|\
             \\bi(?:'m| am) (?:unable|not able|not allowed|not permitted) to",
            "help|assist|provide|comply|fulfill?|answer|respond|share|discuss|disclose|create|\
             generate|write|produce|engage|support|give|offer|participate|do th(?:at|is)",
        ],
        between: NEAR,
    },
    Phrase {
        language: "English",
        parts: &["\\bi (?:must|have to|need to|respectfully) decline|\
             \\bnot something (?:that )?i(?:'m able to| am able to| can) (?:help|do|provide|share)"],
        between: ADJACENT,
    },
    Phrase {
        language: "German",
        parts: &[
            "\\b(?:kann ich|ich kann|darf ich|ich darf|ich werde)",
            "nicht|keinen?|keinerlei",
            "helfen|weiterhelfen|behilflich|antworten|beantworten|unterstützen|bereitstellen|\
             geben|erfüllen|nachkommen|erstellen|weitergeben",
        ],
        between: FAR,
    },
    Phrase {
        language: "German",
        parts: &["\\bich (?:bin (?:leider )?nicht in der lage|muss (?:das )?ablehnen)"],
        between: ADJACENT,
    },
    Phrase {
        language: "French",
        parts: &[
            "\\bje ne (?:peux|puis|pourrai) (?:malheureusement )?pas|\
             \\bje ne suis pas (?:en mesure|autorisée?|capable) (?:de|à)",
            "(?:[tl]')?(?:aider|assister|répondre|fournir|donner|partager|divulguer|discuter|\
             créer|générer|communiquer|accéder à (?:cette|votre) demande)",
        ],
        between: NEAR,
    },
    Phrase {
        language: "French",
        parts: &["\\bje (?:dois|suis obligée? de) (?:refuser|décliner)"],
        between: ADJACENT,
    },
    Phrase {
        language: "Spanish",
        parts: &[
            "\\bno (?:puedo|podré|podría|me es posible|soy capaz de|tengo permitido|\
             estoy en condiciones de|se me permite)",
            "ayudar|asistir|proporcionar|responder|brindar|ofrecer|compartir|cumplir|dar|generar|\
             crear|discutir|revelar|hacer eso",
        ],
        between: NEAR,
    },
    Phrase {
        language: "Japanese",
        parts: &[
            "(?:お答え|お応え|回答|お手伝い|お助け|ご協力|提供|対応|支援|サポート|お教え|生成|作成)\
             (?:する|を|は)?|応じる|答える|手伝う|教える|お伝えする|従う",
            "(?:こと)?(?:は|が)?",
            "できません|できかねます|できない|致しかねます|いたしかねます",
        ],
        between: ADJACENT,
    },
    Phrase {
        language: "Japanese",
        parts: &["お断り(?:します|いたします|させて)|(?:応じ|お答えし|お手伝いし)かねます"],
        between: ADJACENT,
    },
];

static SET: LazyLock<RegexSet> = LazyLock::new(|| {
    let set = RegexSet::new(PHRASES.iter().map(|phrase| {
        let parts: Vec<String> = phrase.parts.iter().map(|part| format!("(?:{part})")).collect();
        parts.join(phrase.between)
    }));
    set.expect("the phrases are constant, and tests compile them")
});

/// The language of the first phrase that is in a normalized text.
pub(super) fn find_phrase_language(text: &str) -> Option<&'static str> {
    let first = SET.matches(text).into_iter().next()?;
    Some(PHRASES[first].language)
}
