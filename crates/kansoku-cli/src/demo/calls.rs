//! The requests of a demonstration, each filled in with values of earlier responses.
use kansoku_synth::demo::{Answers, CurationSpec, DemoRequest, PickedTraces, requests};
use serde_json::Value;

pub(crate) struct Calls {
    left: std::vec::IntoIter<DemoRequest>,
    answers: Answers,
    sent: Option<DemoRequest>,
}

impl Calls {
    pub(crate) fn new(spec: &CurationSpec, picked: &PickedTraces) -> Self {
        let left = requests(spec, picked).into_iter();
        Self { left, answers: Answers::default(), sent: None }
    }

    /// The next request. `response` is the one to the request before. `Err` is a message.
    pub(crate) fn next(&mut self, response: &Value) -> Result<Option<DemoRequest>, String> {
        if let Some(sent) = self.sent.take() {
            let read = self.answers.read(&sent, response);
            read.map_err(|pointer| {
                format!("the response to {} {} has no `{pointer}`", sent.method, sent.path)
            })?;
        }
        let next = self.left.next().map(|request| self.answers.fill(request));
        self.sent.clone_from(&next);
        Ok(next)
    }
}
