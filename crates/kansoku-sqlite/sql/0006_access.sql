-- Tokens with scopes, experiments, expiry and several secrets; browsers that are signed in.

-- `autoincrement`: sessions and signed URLs name a token by its id, which must never mean another.
create table access_tokens (
    token_id     integer primary key autoincrement,
    name         text    not null unique,
    -- `ingest,feedback`
    scopes       text    not null,
    -- `{"ids": [1], "names": ["a"], "prefixes": ["/Shared/"]}`; NULL: all experiments.
    experiments  text,
    created_ms   integer not null,
    -- The name of the token that made it; NULL: `kansoku token`, or a server without tokens.
    created_by   text,
    expires_ms   integer,
    last_used_ms integer
) strict;

create table token_secrets (
    -- SHA-256 of the secret; the secret itself is shown once and never stored.
    hash       blob    primary key,
    token_id   integer not null,
    created_ms integer not null,
    -- From then on it is no longer valid: another has taken its place.
    ends_ms    integer
) without rowid, strict;
create index token_secrets_by_token on token_secrets (token_id);

create table browser_sessions (
    session_id   integer primary key autoincrement,
    -- SHA-256 of what the cookie holds.
    hash         blob    not null unique,
    token_id     integer not null,
    -- The secret it began with; the session ends with it.
    secret_hash  blob    not null,
    created_ms   integer not null,
    expires_ms   integer not null,
    last_used_ms integer not null
) strict;
create index browser_sessions_by_token on browser_sessions (token_id);

-- Tokens of older versions could do everything. Two of one name get their number behind it.
insert into access_tokens (token_id, name, scopes, created_ms)
select token_id,
       case when exists (select 1 from api_tokens b where b.name = a.name and b.token_id < a.token_id)
            then name || ' (' || token_id || ')' else name end,
       'admin', created_ms
from api_tokens a;
insert into token_secrets (hash, token_id, created_ms)
select hash, token_id, created_ms from api_tokens;

-- Written with the first token, and by `kansoku token disable`; never by deleting tokens.
insert into settings (key, value)
select 'tokens_required', x'01' where exists (select 1 from api_tokens);

drop table api_tokens;
