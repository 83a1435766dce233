//! Runs the built `kansoku`, and communicates through its pipes.
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// The command, without settings from the developer's environment.
pub(crate) fn kansoku() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kansoku"));
    for (name, _) in std::env::vars() {
        let configures = ["KANSOKU_", "MLFLOW_", "DATABRICKS_", "HTTP_PROXY", "http_proxy"];
        if configures.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
}

/// As [`kansoku`], started by a command that executes its arguments.
pub(crate) fn through(mut command: Command) -> Command {
    let binary = kansoku();
    command.arg(binary.get_program());
    for (name, value) in binary.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

pub(crate) fn run(args: &[&str]) -> Output {
    kansoku().args(args).output().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A server on a free port; killed when dropped.
pub(crate) struct Running {
    pub url: String,
    pub child: Child,
}

impl Running {
    pub(crate) fn start(data: &Path, args: &[&str]) -> Self {
        Self::spawn(kansoku(), data, args)
    }

    /// As [`Running::start`], started by a command that executes its arguments.
    pub(crate) fn start_by(command: Command, data: &Path, args: &[&str]) -> Self {
        Self::spawn(through(command), data, args)
    }

    fn spawn(mut command: Command, data: &Path, args: &[&str]) -> Self {
        command.args(["serve", "--port", "0", "--data"]).arg(data).args(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let url = first.split(' ').find(|word| word.starts_with("http://"));
        let url = url.unwrap_or_else(|| panic!("no address in `{first}`")).to_owned();
        Self { url, child }
    }

    pub(crate) fn port(&self) -> &str {
        self.url.rsplit_once(':').unwrap().1
    }

    pub(crate) fn ask_to_stop(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
    }

    /// Stops the server by a signal; returns its exit code and log.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        self.ask_to_stop();
        let mut log = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        std::io::Read::read_to_string(&mut stderr, &mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
