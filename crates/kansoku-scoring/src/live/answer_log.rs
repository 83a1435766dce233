//! Answers of models that are paid for and not stored as feedback yet.
//!
//! They are appended to a file as soon as they arrive, without waiting for the disk: a file survives
//! the end of the process. So an answered question is not asked again, whenever the process is killed.
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kansoku_model::{TimestampMs, TokenUsage};
use kansoku_store::JobId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::judges::KeptAnswers;
use crate::models::{ChatResponse, FinishReason, ToolCall};

/// Answers are of no use after this time: a judge gives up after a day.
const AGE_MAX_MS: i64 = 26 * 3_600_000;
/// The file is written anew when it has this many bytes that are of no use any more.
const UNUSED_BYTES_MAX: u64 = 1 << 20;
/// A larger file is not read, and begins anew.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// All answers by job. A log without a file forgets them when the process ends.
pub struct AnswerLog(Mutex<Log>);

#[derive(Default)]
struct Log {
    path: Option<PathBuf>,
    file: Option<File>,
    file_bytes: u64,
    used_bytes: u64,
    answers: HashMap<JobId, Vec<StoredAnswer>>,
}

struct StoredAnswer {
    request: u128,
    line: String,
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    time: i64,
    job: String,
    /// In hexadecimal digits.
    request: String,
    text: String,
    calls: Vec<LineCall>,
    usage: TokenUsage,
    finish: FinishReason,
}

#[derive(Debug, Serialize, Deserialize)]
struct LineCall {
    id: String,
    name: String,
    arguments: Value,
    thought_signature: Option<String>,
}

impl AnswerLog {
    pub fn in_memory() -> Arc<Self> {
        Arc::new(Self(Mutex::default()))
    }

    /// Opens the file, and reads the answers that are of use at this time. Lines that are damaged, such
    /// as the last one of a machine that lost power, are left out.
    pub fn open(path: &Path, now: TimestampMs) -> io::Result<Arc<Self>> {
        let mut log = Log { path: Some(path.to_owned()), ..Log::default() };
        let text = match std::fs::metadata(path) {
            Ok(file) if file.len() <= FILE_BYTES_MAX => std::fs::read(path)?,
            Ok(_) => Vec::new(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        for line in String::from_utf8_lossy(&text).lines() {
            if let Ok(read) = serde_json::from_str::<Line>(line)
                && now.0.saturating_sub(read.time) <= AGE_MAX_MS
                && let Ok(request) = u128::from_str_radix(&read.request, 16)
            {
                log.add(JobId(read.job), request, line.to_owned());
            }
        }
        log.rewrite()?;
        Ok(Arc::new(Self(Mutex::new(log))))
    }

    /// The answers of one job.
    pub(super) fn of_job(self: &Arc<Self>, job: &JobId, now: TimestampMs) -> JobAnswers {
        JobAnswers { log: self.clone(), job: job.clone(), now }
    }

    /// Forgets the answers of a job whose outcome is stored.
    pub(super) fn forget(&self, job: &JobId) {
        let mut log = self.log();
        let Some(answers) = log.answers.remove(job) else { return };
        log.used_bytes -= answers.iter().map(StoredAnswer::bytes).sum::<u64>();
        let is_stale = log.used_bytes + UNUSED_BYTES_MAX < log.file_bytes;
        if log.file.is_some() && (log.answers.is_empty() || is_stale) {
            let rewritten = log.rewrite();
            report(rewritten);
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoredAnswer {
    fn bytes(&self) -> u64 {
        self.line.len() as u64 + 1
    }
}

impl Log {
    fn add(&mut self, job: JobId, request: u128, line: String) {
        let answer = StoredAnswer { request, line };
        self.used_bytes += answer.bytes();
        self.answers.entry(job).or_default().push(answer);
    }

    fn append(&mut self, line: &str) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        // In one write, so that a killed process leaves no half line.
        file.write_all(format!("{line}\n").as_bytes())?;
        self.file_bytes += line.len() as u64 + 1;
        Ok(())
    }

    /// Writes a file with the answers that are of use, and puts it in the place of the other.
    fn rewrite(&mut self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        if self.answers.is_empty()
            && let Some(file) = &self.file
        {
            file.set_len(0)?;
            self.file_bytes = 0;
            return Ok(());
        }
        let new_path = path.with_extension("new");
        let mut options = OpenOptions::new();
        options.create(true).append(true).mode(0o600);
        let mut file = options.open(&new_path)?;
        file.set_len(0)?;
        let mut text = String::new();
        for answer in self.answers.values().flatten() {
            text.push_str(&answer.line);
            text.push('\n');
        }
        file.write_all(text.as_bytes())?;
        std::fs::rename(&new_path, path)?;
        self.file_bytes = text.len() as u64;
        self.file = Some(file);
        Ok(())
    }
}

fn report(written: io::Result<()>) {
    if let Err(error) = written {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "could not write the log of answers; after a crash, a model may be asked once more"
        );
    }
}

/// The answers that the judge of one job got.
pub(super) struct JobAnswers {
    log: Arc<AnswerLog>,
    job: JobId,
    now: TimestampMs,
}

impl KeptAnswers for JobAnswers {
    fn find(&self, request: u128) -> Option<ChatResponse> {
        let log = self.log.log();
        let mut answers = log.answers.get(&self.job)?.iter();
        let found = answers.find(|answer| answer.request == request)?;
        serde_json::from_str::<Line>(&found.line).ok().map(Line::into_response)
    }

    fn keep(&self, request: u128, answer: &ChatResponse) {
        let line = Line::new(&self.job, request, self.now, answer);
        let Ok(line) = serde_json::to_string(&line) else { return };
        let mut log = self.log.log();
        let appended = log.append(&line);
        report(appended);
        log.add(self.job.clone(), request, line);
    }
}

impl Line {
    fn new(job: &JobId, request: u128, now: TimestampMs, answer: &ChatResponse) -> Self {
        let call = |call: &ToolCall| LineCall {
            id: call.id.clone(),
            name: call.name.clone(),
            arguments: call.arguments.clone(),
            thought_signature: call.thought_signature.clone(),
        };
        Self {
            time: now.0,
            job: job.to_string(),
            request: format!("{request:x}"),
            text: answer.text.clone(),
            calls: answer.tool_calls.iter().map(call).collect(),
            usage: answer.usage,
            finish: answer.finish_reason,
        }
    }

    fn into_response(self) -> ChatResponse {
        let call = |call: LineCall| ToolCall {
            id: call.id,
            name: call.name,
            arguments: call.arguments,
            thought_signature: call.thought_signature,
        };
        ChatResponse {
            text: self.text,
            tool_calls: self.calls.into_iter().map(call).collect(),
            usage: self.usage,
            finish_reason: self.finish,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: TimestampMs = TimestampMs(1_700_000_000_000);

    fn answer(text: &str) -> ChatResponse {
        let call = ToolCall {
            id: "c".to_owned(),
            name: "n".to_owned(),
            arguments: json!({"a": [1, "b\nc"]}),
            thought_signature: Some("sign".to_owned()),
        };
        ChatResponse {
            text: text.to_owned(),
            tool_calls: vec![call],
            usage: TokenUsage { input_tokens: 3, ..TokenUsage::default() },
            finish_reason: FinishReason::ToolCalls,
        }
    }

    fn job(id: &str) -> JobId {
        JobId(id.to_owned())
    }

    fn keep(log: &Arc<AnswerLog>, id: &str, request: u128, text: &str) {
        log.of_job(&job(id), NOW).keep(request, &answer(text));
    }

    fn find(log: &Arc<AnswerLog>, id: &str, request: u128) -> Option<ChatResponse> {
        log.of_job(&job(id), NOW).find(request)
    }

    #[test]
    fn an_answer_is_found_by_its_job_and_request_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let log = AnswerLog::open(&path, NOW).unwrap();
        keep(&log, "a", 1, "one");
        keep(&log, "a", 2, "two\nlines");
        keep(&log, "b", u128::MAX, "three");
        drop(log);
        let log = AnswerLog::open(&path, NOW).unwrap();
        assert_eq!(find(&log, "a", 2), Some(answer("two\nlines")));
        assert_eq!(find(&log, "b", u128::MAX), Some(answer("three")));
        assert_eq!(find(&log, "b", 1), None);
        log.forget(&job("a"));
        assert_eq!(find(&log, "a", 2), None);
        drop(log);
        // It is still in the file, since the log is rewritten seldom.
        let log = AnswerLog::open(&path, NOW).unwrap();
        log.forget(&job("a"));
        log.forget(&job("b"));
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
        keep(&log, "c", 1, "after");
        drop(log);
        assert!(find(&AnswerLog::open(&path, NOW).unwrap(), "c", 1).is_some());
    }

    #[test]
    fn old_and_damaged_lines_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let log = AnswerLog::open(&path, NOW).unwrap();
        keep(&log, "a", 1, "one");
        keep(&log, "b", 1, "cut");
        drop(log);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.truncate(bytes.len() - 9);
        std::fs::write(&path, &bytes).unwrap();
        let log = AnswerLog::open(&path, NOW).unwrap();
        assert!(find(&log, "a", 1).is_some());
        assert!(find(&log, "b", 1).is_none());
        drop(log);
        let later = TimestampMs(NOW.0 + AGE_MAX_MS + 1);
        assert!(find(&AnswerLog::open(&path, later).unwrap(), "a", 1).is_none());
    }

    #[test]
    fn the_file_does_not_grow_with_what_is_of_no_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let log = AnswerLog::open(&path, NOW).unwrap();
        keep(&log, "kept", 1, "kept");
        let long = "x".repeat(100_000);
        for number in 0..50 {
            keep(&log, &number.to_string(), 1, &long);
            log.forget(&job(&number.to_string()));
        }
        assert!(std::fs::metadata(&path).unwrap().len() < UNUSED_BYTES_MAX + 300_000);
        assert!(find(&log, "kept", 1).is_some());
    }

    #[test]
    fn nobody_else_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        drop(AnswerLog::open(&path, NOW).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
