//! A request with very many spans, taken apart before it is looked at: what is made of a span is
//! many times its size, and need not be in memory for all of them at once.
use opentelemetry_proto::tonic::trace::v1::TracesData;

/// Parts of at most so many spans, in their order. Spans are moved; a part repeats the resources
/// and scopes that it has spans of.
pub fn parts(data: TracesData, spans_max: usize) -> Vec<TracesData> {
    let scopes = data.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    if scopes.map(|scope| scope.spans.len()).sum::<usize>() <= spans_max {
        return vec![data];
    }
    let mut parts = Vec::new();
    let (mut part, mut room) = (TracesData::default(), spans_max);
    for mut resource in data.resource_spans {
        let scopes = std::mem::take(&mut resource.scope_spans);
        for mut scope in scopes {
            let mut spans = std::mem::take(&mut scope.spans).into_iter();
            while 0 < spans.len() {
                let some: Vec<_> = spans.by_ref().take(room).collect();
                room -= some.len();
                let mut of_resource = resource.clone();
                let mut of_scope = scope.clone();
                of_scope.spans = some;
                of_resource.scope_spans.push(of_scope);
                part.resource_spans.push(of_resource);
                if room == 0 {
                    parts.push(std::mem::take(&mut part));
                    room = spans_max;
                }
            }
        }
    }
    if !part.resource_spans.is_empty() {
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::resource::v1::Resource;
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

    use super::*;

    /// So many spans for each scope of each resource, numbered through.
    fn data(counts: &[&[usize]]) -> TracesData {
        let mut number = 0;
        let mut span = || {
            number += 1;
            Span { name: number.to_string(), ..Span::default() }
        };
        let mut scope = |count: &usize| ScopeSpans {
            spans: (0..*count).map(|_| span()).collect(),
            schema_url: format!("scope of {count}"),
            ..ScopeSpans::default()
        };
        let mut resource = |scopes: &&[usize]| ResourceSpans {
            resource: Some(Resource {
                dropped_attributes_count: scopes.len() as u32,
                ..Resource::default()
            }),
            scope_spans: scopes.iter().map(&mut scope).collect(),
            ..ResourceSpans::default()
        };
        TracesData { resource_spans: counts.iter().map(&mut resource).collect() }
    }

    /// Each span with its resource and scope, in order.
    fn told(data: &TracesData) -> Vec<(Option<Resource>, String, String)> {
        let mut told = Vec::new();
        for resource in &data.resource_spans {
            for scope in &resource.scope_spans {
                for span in &scope.spans {
                    let url = scope.schema_url.clone();
                    told.push((resource.resource.clone(), url, span.name.clone()));
                }
            }
        }
        told
    }

    #[test]
    fn every_span_stays_below_its_resource_and_scope() {
        let counts: &[&[usize]] = &[&[3, 0, 4], &[], &[1], &[12, 2]];
        for spans_max in 1..25 {
            let parts = parts(data(counts), spans_max);
            let sizes: Vec<_> = parts.iter().map(|part| told(part).len()).collect();
            let (last, full) = sizes.split_last().unwrap();
            assert!(full.iter().all(|size| *size == spans_max), "{sizes:?}");
            assert!((1..=spans_max).contains(last), "{sizes:?}");
            let all: Vec<_> = parts.iter().flat_map(told).collect();
            assert_eq!(all, told(&data(counts)));
        }
    }

    #[test]
    fn what_has_no_spans_stays_as_it_is() {
        for counts in [&[][..], &[&[][..]], &[&[0, 0]]] {
            assert_eq!(parts(data(counts), 1), [data(counts)]);
        }
    }
}
