use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use whatlang::{Detector, Lang, Script};

use super::catalog::{CheckInfo, FIELD, FieldInfo, FieldType};
use super::outcome::pass_or_fail;
use super::text_field::TextField;
use super::values::{Texts, quote};
use crate::{ScoredTrace, ScorerFeedback};

/// How much of a text is looked at, in characters.
const SAMPLE_CHARS_MAX: usize = 300;
/// The least letters to tell languages of one script apart.
const LETTERS_MIN: usize = 24;
/// The least letters of a script that only one language uses.
const OWN_SCRIPT_LETTERS_MIN: usize = 4;

/// Languages that are considered only where they are allowed: few people write them to a model, short
/// texts in others are mistaken for them, and each one takes time.
const RARE: [Lang; 9] = [
    Lang::Aka,
    Lang::Cym,
    Lang::Epo,
    Lang::Jav,
    Lang::Lat,
    Lang::Sna,
    Lang::Tuk,
    Lang::Uzb,
    Lang::Zul,
];

pub(super) const INFO: CheckInfo = CheckInfo {
    name: "language",
    title: "Language",
    description: "Passes if a text is in one of the allowed languages; a text that is too short or \
                  unclear is not judged.",
    fields: &[
        FIELD,
        FieldInfo {
            name: "allowed",
            field_type: FieldType::Texts,
            default: None,
            description: "The languages as codes of ISO 639-1 or 639-3, such as `ja` or `deu`.",
        },
    ],
    example: r#"{"type": "language", "allowed": ["en", "ja"]}"#,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct LanguageCheck {
    fields: Fields,
    allowed: Vec<Lang>,
    detector: Arc<Detector>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(default)]
    field: TextField,
    allowed: Texts,
}

impl LanguageCheck {
    pub(super) fn score(&self, trace: &ScoredTrace) -> Option<ScorerFeedback> {
        let text = self.fields.field.read_text(trace)?;
        let language = detect_language(&self.detector, &take_sample(&text))?;
        let is_allowed = self.allowed.contains(&language);
        let ending = if is_allowed { "allowed" } else { "not allowed" };
        let name = format!("{} ({})", language.eng_name(), language.code());
        let rationale = format!("The {} is in {name}, which is {ending}.", self.fields.field);
        Some(pass_or_fail(is_allowed, rationale))
    }
}

impl TryFrom<Fields> for LanguageCheck {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Self, String> {
        let unknown = |code: &str| {
            format!("`allowed` has {}, which is not the code of a known language", quote(code))
        };
        let languages = fields.allowed.iter().map(|code| parse_language(code).ok_or(unknown(code)));
        let allowed: Vec<Lang> = languages.collect::<Result<_, _>>()?;
        let ignored = RARE.into_iter().filter(|rare| !allowed.contains(rare));
        let detector = Arc::new(Detector::with_denylist(ignored.collect()));
        Ok(Self { fields, allowed, detector })
    }
}

impl From<LanguageCheck> for Fields {
    fn from(check: LanguageCheck) -> Self {
        check.fields
    }
}

/// The language with a code of ISO 639-1 or 639-3.
fn parse_language(code: &str) -> Option<Lang> {
    let code = code.to_lowercase();
    let known = isolang::Language::from_639_1(&code);
    let code = known.map_or(&*code, |language| language.to_639_3());
    // Codes of groups of languages, for the one of them that is detected.
    let code = match code {
        "zho" => "cmn",
        "fas" => "pes",
        "nor" => "nob",
        code => code,
    };
    Lang::from_str(code).ok()
}

/// The beginning of a text without blocks of code and URLs, which have a language of their own.
fn take_sample(text: &str) -> String {
    let mut sample = String::new();
    let mut chars = 0;
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            continue;
        }
        let words = line.split_whitespace().filter(|word| !in_code && !word.contains("://"));
        for word in words {
            for c in word.chars() {
                if SAMPLE_CHARS_MAX <= chars {
                    return sample;
                }
                sample.push(c);
                chars += 1;
            }
            sample.push(' ');
        }
    }
    sample
}

/// The language of a text; `None` if it is too short or unclear.
fn detect_language(detector: &Detector, text: &str) -> Option<Lang> {
    let info = detector.detect(text).filter(whatlang::Info::is_reliable)?;
    let is_shared = matches!(
        info.script(),
        Script::Latin | Script::Cyrillic | Script::Arabic | Script::Devanagari | Script::Hebrew
    );
    let least = if is_shared { LETTERS_MIN } else { OWN_SCRIPT_LETTERS_MIN };
    let letters = text.chars().filter(|c| c.is_alphabetic()).take(least).count();
    (least <= letters).then(|| info.lang())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::tests::{error_of, score};
    use crate::scored_trace::tests::trace;

    fn judge(allowed: &[&str], response: &str) -> Option<Value> {
        let check = json!({"type": "language", "allowed": allowed});
        score(check, &trace(json!("hi"), json!(response))).map(|feedback| feedback.value)
    }

    #[test]
    fn a_text_is_in_an_allowed_language() {
        for (code, text) in [
            (
                "en",
                "Your order was shipped yesterday and should arrive on Friday. If nobody is at \
                 home, the parcel waits for seven days in the nearest shop.",
            ),
            (
                "de",
                "Die Bestellung wurde gestern verschickt und kommt am Freitag bei Ihnen an. Falls \
                 niemand zu Hause ist, liegt das Paket sieben Tage in der nächsten Filiale.",
            ),
            (
                "fr",
                "Votre commande a été expédiée hier et arrivera vendredi. Si personne n'est à la \
                 maison, le colis reste sept jours dans le magasin le plus proche.",
            ),
            (
                "es",
                "Su pedido fue enviado ayer y llegará el viernes. Si no hay nadie en casa, el \
                 paquete espera siete días en la tienda más cercana.",
            ),
            ("ja", "ご注文の商品は昨日発送されました。"),
            ("zh", "您的订单昨天已经发货，预计星期五送达。"),
            ("ko", "주문하신 상품은 어제 발송되었습니다."),
            ("rus", "Ваш заказ был отправлен вчера и прибудет в пятницу утром."),
        ] {
            assert_eq!(judge(&[code], text), Some(json!("yes")), "{code}");
            assert_eq!(judge(&["fi", "el"], text), Some(json!("no")), "{code}");
        }
        let check = json!({"type": "language", "allowed": ["EN"]});
        let feedback =
            score(check, &trace(json!("hi"), json!("ご注文は昨日発送されました。"))).unwrap();
        let rationale = "The response is in Japanese (jpn), which is not allowed.";
        assert_eq!(feedback.rationale.unwrap(), rationale);
    }

    #[test]
    fn a_rare_language_is_known_where_it_is_allowed() {
        let text = "Gallia est omnis divisa in partes tres, quarum unam incolunt Belgae, aliam \
                    Aquitani, tertiam qui ipsorum lingua Celtae, nostra Galli appellantur.";
        assert_eq!(judge(&["la"], text), Some(json!("yes")));
        assert_ne!(judge(&["en"], text), Some(json!("yes")));
    }

    #[test]
    fn a_text_that_is_too_short_is_not_judged() {
        for text in ["", "OK", "42", "Paris", "2024-01-01: 3.14", "です"] {
            assert_eq!(judge(&["en"], text), None, "{text}");
        }
    }

    #[test]
    fn code_and_urls_are_no_language() {
        let code =
            "```python\n".to_owned() + &"return the_value_of(the_function)\n".repeat(20) + "```";
        let text = format!(
            "次のように書きます。\n{code}\nhttps://example.com/some/long/english/path です。"
        );
        assert_eq!(judge(&["ja"], &text), Some(json!("yes")));
    }

    #[test]
    fn the_beginning_of_a_long_text_is_looked_at() {
        let english = "Your order was shipped yesterday and should arrive on Friday. If nobody is \
                       at home, the parcel waits for seven days in the nearest shop. ";
        let letters = english.chars().filter(|c| *c != ' ').count();
        let repeated = english.repeat(SAMPLE_CHARS_MAX / letters + 1);
        let text = repeated + &"Der Zug fährt um neun. ".repeat(1 << 18);
        assert_eq!(judge(&["eng"], &text), Some(json!("yes")));
        assert!(take_sample(&text).chars().filter(|c| *c != ' ').count() == SAMPLE_CHARS_MAX);
    }

    #[test]
    fn every_language_has_its_codes() {
        for known in Lang::all() {
            assert_eq!(parse_language(known.code()), Some(*known));
            let short = isolang::Language::from_639_3(known.code()).and_then(|it| it.to_639_1());
            assert!(short.is_none_or(|short| parse_language(short) == Some(*known)), "{short:?}");
        }
        for (code, expected) in [("zh", Lang::Cmn), ("fa", Lang::Pes), ("no", Lang::Nob)] {
            assert_eq!(parse_language(code), Some(expected));
        }
    }

    #[test]
    fn an_unknown_language_is_refused() {
        let error = error_of(json!({"type": "language", "allowed": ["en", "xx"]}));
        assert!(error.ends_with("`allowed` has `xx`, which is not the code of a known language"));
    }
}
