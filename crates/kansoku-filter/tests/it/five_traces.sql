-- The traces T1..T5 of experiment 1, and one of experiment 2 in a session of the same name.
insert into traces (id, trace_id, experiment_id, request_time_ms, duration_ms, state, name, client_request_id) values
  (1, 'T1', 1, 1700000001000, 1500,  'OK',          'chat',   'req-1'),
  (2, 'T2', 1, 1700000002000, 500,   'ERROR',       'search', 'req-2'),
  (3, 'T3', 1, 1700000003000, null,  'IN_PROGRESS', 'it''s',  null),
  (4, 'T4', 1, 1700000004000, 10000, 'OK',          'Chat',   null),
  (5, 'T5', 1, 1700000005000, 3000,  'OK',          null,     null),
  (6, 'U1', 2, 1700000001000, 1500,  'OK',          'other',  null);

insert into trace_tags (trace, key, value, layer, at_ns, span_id) values
  (1, 'env', 'prod', 0, 0, 0), (2, 'env', 'dev', 0, 0, 0), (4, 'env', 'PROD', 0, 0, 0),
  (1, 'my-tag', 'x', 0, 0, 0), (1, 'dotted.key', 'x', 0, 0, 0), (2, '日本', 'ü', 0, 0, 0),
  (3, 'env', null, 0, 0, 0);

insert into trace_metadata (trace, key, value, layer, at_ns, span_id) values
  (1, 'custom', 'Foo', 0, 0, 0), (2, 'custom', 'bar', 0, 0, 0),
  (1, 'mlflow.trace.session', 's1', 0, 0, 0), (2, 'mlflow.trace.session', 's1', 0, 0, 0),
  (6, 'mlflow.trace.session', 's1', 0, 0, 0),
  (1, 'mlflow.trace.user', 'alice', 0, 0, 0), (2, 'mlflow.trace.user', 'bob', 0, 0, 0),
  (1, 'mlflow.trace.tokenUsage', '{"input_tokens":1,"output_tokens":2,"total_tokens":3}', 0, 0, 0),
  (4, 'mlflow.modelId', 'm-1', 0, 0, 0),
  (1, 'mlflow.sourceRun', 'run-a', 0, 0, 0);

insert into trace_runs values (5, 'run-e'), (5, 'run-a');
insert into trace_prompts values (1, 'qa', '3'), (2, 'qa', '4');

insert into assessments (trace, assessment_id, name, kind, value, number, metadata, source_type, valid, create_time_ms, update_time_ms, session_level) values
  (1, 'a1', 'quality',   'feedback',    '0.9',     0.9,  '{}', 'CODE',  1, 0, 0, 0),
  (2, 'a2', 'quality',   'feedback',    '0.4',     0.4,  '{}', 'CODE',  1, 0, 0, 0),
  (4, 'a3', 'quality',   'feedback',    '0.95',    0.95, '{}', 'CODE',  0, 0, 0, 0),
  (1, 'a4', 'ok',        'feedback',    'true',    null, '{}', 'HUMAN', 1, 0, 0, 0),
  (1, 'a5', 'verdict',   'feedback',    '"yes"',   null, '{}', 'HUMAN', 1, 0, 0, 0),
  (4, 'a6', 'verdict',   'feedback',    '"no"',    null, '{}', 'HUMAN', 1, 0, 0, 0),
  (1, 'a7', 'my metric', 'feedback',    '7',       7,    '{}', 'CODE',  1, 0, 0, 0),
  (1, 'a8', 'answer',    'expectation', '"paris"', null, '{}', 'HUMAN', 1, 0, 0, 0),
  (2, 'a9', 'sess2',     'feedback',    '"good"',  null, '{"mlflow.trace.session":"s1"}', 'CODE', 1, 0, 0, 1),
  (4, 'b1', 'sess4',     'feedback',    '"good"',  null, '{"mlflow.trace.session":"s9"}', 'CODE', 1, 0, 0, 1),
  (4, 'b2', 'broken',    'feedback',    null,      null, '{}', 'CODE',  1, 0, 0, 0),
  (2, 'b3', 'iss-1',     'issue',       'true',    null, '{}', 'CODE',  1, 0, 0, 0);

insert into spans (trace, span_id, name, type, status, start_ns, chunk) values
  (1, 1, 'root',     'AGENT',      1, 0, 1),
  (1, 2, 'llm-call', 'CHAT_MODEL', 1, 0, 1),
  (1, 3, 'db',       'TOOL',       2, 0, 1),
  (2, 4, 'search',   'CHAIN',      2, 0, 2),
  (3, 5, 'work',     null,         0, 0, 3),
  (4, 6, 'root',     'AGENT',      1, 0, 4);

-- Stands for the real bytes: a JSON object from span to its attributes.
insert into span_chunks (id, trace, hash, bytes) values
  (1, 1, 0, cast('{"1":{"q":"hello World","inputs":{"customer":{"id":"c-7","tier":3},"flag":true}},"2":{"mlflow.llm.model":"gpt-4o","temp":0.7},"3":{"sql":"select 1"}}' as blob)),
  (2, 2, 0, cast('{"4":{"text":"ünï","inputs":{"customer":{"id":"c-8","tier":1.5},"flag":null}}}' as blob)),
  (3, 3, 0, cast('{"5":{}}' as blob)),
  (4, 4, 0, cast('{"6":{"q":"bye","inputs":{"customer":{"id":"c-70","tier":"3"}},"outputs":{"my score":0.25}}}' as blob));

update traces set total_tokens = 4500, total_cost = 20000000000 where id = 1;
update traces set total_tokens = 120, total_cost = 500000000 where id = 2;
update spans set model = 'gpt-4o', provider = 'openai' where span_id = 2;
update spans set end_ns = 1500000999, total_tokens = 120, total_cost = 500000000 where span_id = 2;
update spans set end_ns = 20000, start_ns = 30000 where span_id = 4;
update spans set error = 'TimeoutError: the store timed out, 100% of it' where span_id = 3;
update spans set error = 'ValueError: "no"' where span_id = 4;
insert into trace_metadata (trace, key, value, layer, at_ns, span_id) values (2, 'app_version', '2.0', 0, 0, 0);
insert into trace_tags (trace, key, value, layer, at_ns, span_id) values
  (2, 'service.version', '1.0', 0, 0, 0), (4, 'service.version', '1.0', 0, 0, 0);
