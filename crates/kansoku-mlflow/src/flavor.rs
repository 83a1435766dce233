/// The form of locations and ids that a client expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientFlavor {
    /// MLflow's own clients.
    Plain,
    /// MLflow's clients with the tracking URI of a Databricks workspace.
    Databricks,
}
