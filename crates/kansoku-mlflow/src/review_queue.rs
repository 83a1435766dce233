//! Review queues and their items, by MLflow's rules: users are compared in lower case, names in any.
use kansoku_model::{
    ExperimentId, LabelSchemaId, QueueType, ReviewItem, ReviewQueue, ReviewQueueId, ReviewStatus,
    TraceId,
};
use serde::Serialize;

use crate::{Fields, RequestError, ids::experiment_id, text_limits::check_length};

const NAME_LENGTH_MAX: usize = 250;
const USER_LENGTH_MAX: usize = 250;
const SCHEMAS_MAX: usize = 1000;
/// Most items of one request.
const ITEMS_MAX: usize = 10_000;
/// The name of the queue of whoever has none; no custom queue may have it.
const RESERVED_NAME: &str = "default";

pub fn queue_id(fields: &Fields) -> Result<ReviewQueueId, RequestError> {
    Ok(ReviewQueueId(fields.required_str("queue_id")?))
}

/// The fields of a queue that is to be created.
pub struct ReviewQueueFields {
    pub experiment: ExperimentId,
    pub name: String,
    pub queue_type: QueueType,
    pub users: Vec<String>,
    pub schemas: Vec<LabelSchemaId>,
}

impl ReviewQueueFields {
    pub fn from_fields(fields: &Fields) -> Result<Self, RequestError> {
        let (experiment, name) = (experiment_id(fields)?, fields.required_str("name")?);
        let choices = [("USER", 1, QueueType::User), ("CUSTOM", 2, QueueType::Custom)];
        let queue_type = fields.choice("queue_type", &choices)?.ok_or_else(|| {
            RequestError::invalid("'queue_type' of a review queue must be USER or CUSTOM")
        })?;
        let (users, schemas) = (users(fields)?, schemas(fields)?);
        match queue_type {
            QueueType::Custom => {
                let name = custom_name(&name)?;
                Ok(Self { experiment, name, queue_type, users, schemas })
            }
            QueueType::User => {
                let name = check_user("name", &name)?;
                if users.iter().any(|user| *user != name) {
                    return Err(RequestError::invalid(format!(
                        "the queue of user '{name}' has that user alone; leave out 'users'"
                    )));
                }
                if !schemas.is_empty() {
                    return Err(RequestError::invalid(
                        "the queue of a user has all label schemas of the experiment; leave out \
                         'schema_ids'",
                    ));
                }
                Ok(Self { experiment, users: vec![name.clone()], name, queue_type, schemas })
            }
        }
    }

    /// The queue of a user.
    pub fn of_user(fields: &Fields) -> Result<Self, RequestError> {
        let experiment = experiment_id(fields)?;
        let name = check_user("user", &fields.required_str("user")?)?;
        let (users, schemas) = (vec![name.clone()], Vec::new());
        Ok(Self { experiment, name, queue_type: QueueType::User, users, schemas })
    }
}

pub fn custom_name(name: &str) -> Result<String, RequestError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(RequestError::invalid("'name' of a review queue is empty"));
    }
    check_length("name", name, NAME_LENGTH_MAX)?;
    if name.to_lowercase() == RESERVED_NAME {
        return Err(RequestError::invalid(format!(
            "'{name}' is a reserved name of a review queue; choose another"
        )));
    }
    Ok(name.to_owned())
}

/// A user as they are stored and compared.
pub fn normalized_user(user: &str) -> String {
    user.trim().to_lowercase()
}

fn check_user(field: &str, user: &str) -> Result<String, RequestError> {
    let user = normalized_user(user);
    if user.is_empty() {
        return Err(RequestError::invalid(format!("'{field}' is empty")));
    }
    check_length(field, &user, USER_LENGTH_MAX)?;
    Ok(user)
}

pub fn users(fields: &Fields) -> Result<Vec<String>, RequestError> {
    let mut users = Vec::new();
    for user in fields.list_str("users")? {
        let user = check_user("users", &user)?;
        if !users.contains(&user) {
            users.push(user);
        }
        if ReviewQueue::USERS_MAX < users.len() {
            return Err(RequestError::invalid(format!(
                "'users' of a review queue are {} at most",
                ReviewQueue::USERS_MAX
            )));
        }
    }
    Ok(users)
}

pub fn schemas(fields: &Fields) -> Result<Vec<LabelSchemaId>, RequestError> {
    let ids = fields.list_str("schema_ids")?;
    if SCHEMAS_MAX < ids.len() {
        return Err(RequestError::invalid(format!("'schema_ids' are {SCHEMAS_MAX} at most")));
    }
    let id = |id: String| match id.trim() {
        "" => Err(RequestError::invalid("'schema_ids' has an empty id")),
        id => Ok(LabelSchemaId(id.to_owned())),
    };
    ids.into_iter().map(id).collect()
}

pub fn new_owner(fields: &Fields) -> Result<Option<String>, RequestError> {
    let Some(owner) = fields.str("new_owner")? else { return Ok(None) };
    let owner = owner.trim();
    if owner.is_empty() {
        return Err(RequestError::invalid("'new_owner' is empty"));
    }
    check_length("new_owner", owner, USER_LENGTH_MAX)?;
    Ok(Some(owner.to_owned()))
}

/// The traces that a request adds or removes, each once.
pub fn item_ids(fields: &Fields) -> Result<Vec<TraceId>, RequestError> {
    let ids = fields.list_str("item_ids")?;
    if ids.is_empty() || ITEMS_MAX < ids.len() {
        return Err(RequestError::invalid(format!(
            "'item_ids' must have 1 to {ITEMS_MAX} ids, not {}",
            ids.len()
        )));
    }
    let mut seen = std::collections::HashSet::new();
    let ids = ids.into_iter().map(item_id_of).collect::<Result<Vec<_>, _>>()?;
    Ok(ids.into_iter().filter(|id| seen.insert(id.clone())).collect())
}

pub fn item_id(fields: &Fields) -> Result<TraceId, RequestError> {
    item_id_of(fields.required_str("item_id")?)
}

fn item_id_of(id: String) -> Result<TraceId, RequestError> {
    TraceId::try_from(id.trim().to_owned())
        .map_err(|error| RequestError::invalid(format!("an item is a trace: {error}")))
}

/// `None` where the field is absent or unspecified.
pub fn review_status(fields: &Fields) -> Result<Option<ReviewStatus>, RequestError> {
    let choices = [
        ("PENDING", 1, ReviewStatus::Pending),
        ("COMPLETE", 2, ReviewStatus::Complete),
        ("DECLINED", 3, ReviewStatus::Declined),
    ];
    Ok(fields.choice("status", &choices)?)
}

/// Reads `status` and `completed_by`, which is required of every status but `PENDING`, and refused
/// of that.
pub fn new_status(fields: &Fields) -> Result<(ReviewStatus, Option<String>), RequestError> {
    let status = review_status(fields)?
        .ok_or_else(|| RequestError::invalid("'status' must be PENDING, COMPLETE or DECLINED"))?;
    let user = fields.str("completed_by")?.map(|user| normalized_user(&user));
    match (status, user) {
        (ReviewStatus::Pending, None) => Ok((status, None)),
        (ReviewStatus::Pending, Some(_)) => {
            Err(RequestError::invalid("'completed_by' must be left out where 'status' is PENDING"))
        }
        (_, Some(user)) if !user.is_empty() => {
            check_length("completed_by", &user, USER_LENGTH_MAX)?;
            Ok((status, Some(user)))
        }
        _ => Err(RequestError::invalid(format!(
            "'completed_by' is required where 'status' is {}",
            status.as_str()
        ))),
    }
}

/// `ReviewQueue`.
#[derive(Debug, Serialize)]
pub struct ReviewQueueJson<'a> {
    queue_id: &'a ReviewQueueId,
    experiment_id: ExperimentId,
    name: &'a str,
    queue_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<&'a str>,
    creation_time_ms: i64,
    last_update_time_ms: i64,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    users: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    schema_ids: &'a [LabelSchemaId],
}

impl<'a> ReviewQueueJson<'a> {
    pub fn new(queue: &'a ReviewQueue) -> Self {
        Self {
            queue_id: &queue.queue_id,
            experiment_id: queue.experiment,
            name: &queue.name,
            queue_type: queue.queue_type.as_str(),
            created_by: queue.created_by.as_deref(),
            creation_time_ms: queue.created.0,
            last_update_time_ms: queue.last_update.0,
            users: &queue.users,
            schema_ids: &queue.schemas,
        }
    }
}

/// `ReviewQueueItem`.
#[derive(Debug, Serialize)]
pub struct ReviewItemJson<'a> {
    queue_id: &'a ReviewQueueId,
    item_type: &'static str,
    item_id: &'a TraceId,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_time_ms: Option<i64>,
    creation_time_ms: i64,
    last_update_time_ms: i64,
}

impl<'a> ReviewItemJson<'a> {
    pub fn new(item: &'a ReviewItem) -> Self {
        Self {
            queue_id: &item.queue_id,
            item_type: "TRACE",
            item_id: &item.trace,
            status: item.status.as_str(),
            completed_by: item.completed_by.as_deref(),
            completed_time_ms: item.completed.map(|time| time.0),
            creation_time_ms: item.created.0,
            last_update_time_ms: item.last_update.0,
        }
    }
}
