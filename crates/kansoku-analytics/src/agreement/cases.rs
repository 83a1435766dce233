//! The compared feedback as a list, page by page.
use std::cmp::Reverse;

use kansoku_model::TimestampMs;

use super::AgreementFold;
use super::pair::JudgedPair;
use super::scale::Scale;

/// Which pairs to list.
#[derive(Clone, Debug, Default)]
pub struct CaseQuery {
    pub version: Option<String>,
    /// The categories of the scorer and of the person; without them, all pairs that differ.
    pub cell: Option<(String, String)>,
    /// The token of the former page.
    pub page_token: Option<String>,
    pub max_results: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub pair: JudgedPair,
    pub scorer_category: String,
    pub person_category: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CasePage {
    pub cases: Vec<Case>,
    pub next_page_token: Option<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("the page token is invalid")]
pub struct InvalidPageToken;

/// The position of a pair in the list: newest first.
type Position = (Reverse<i64>, String, String);

fn position(pair: &JudgedPair) -> Position {
    let TimestampMs(time) = pair.time;
    (Reverse(time), pair.trace.to_string(), pair.scorer_id.to_string())
}

fn token(pair: &JudgedPair) -> Option<String> {
    let (Reverse(time), trace, assessment) = position(pair);
    serde_json::to_string(&(time, trace, assessment)).ok()
}

fn read_token(token: &str) -> Result<Position, InvalidPageToken> {
    let (time, trace, assessment) = serde_json::from_str(token).map_err(|_| InvalidPageToken)?;
    Ok((Reverse(time), trace, assessment))
}

impl AgreementFold {
    /// A page of the pairs. A pair that was resolved since the former page moves no other one.
    pub fn page(mut self, query: &CaseQuery) -> Result<CasePage, InvalidPageToken> {
        let scale = Scale::new(&self.pairs);
        let after = query.page_token.as_deref().map(read_token).transpose()?;
        self.pairs.sort_by_cached_key(position);
        let name = |category: usize| scale.categories[category].clone();
        let is_listed = |pair: &JudgedPair| {
            let is_of_version =
                query.version.is_none() || pair.version.as_deref() == query.version.as_deref();
            is_of_version
                && match &query.cell {
                    None => !scale.is_agreed(pair),
                    Some((scorer, person)) => {
                        name(scale.category(&pair.scorer)) == *scorer
                            && name(scale.category(&pair.person)) == *person
                    }
                }
        };
        let rest = self.pairs.into_iter().filter(is_listed);
        let mut rest = rest.filter(|pair| after.as_ref().is_none_or(|it| *it < position(pair)));
        let pairs: Vec<JudgedPair> = rest.by_ref().take(query.max_results).collect();
        let last = pairs.last().filter(|_| rest.next().is_some());
        let next_page_token = last.and_then(token);
        let case = |pair: JudgedPair| Case {
            scorer_category: name(scale.category(&pair.scorer)),
            person_category: name(scale.category(&pair.person)),
            pair,
        };
        Ok(CasePage { cases: pairs.into_iter().map(case).collect(), next_page_token })
    }
}
