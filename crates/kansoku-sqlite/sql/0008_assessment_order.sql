-- The order in which the assessments of a trace were made: several may share a millisecond.
alter table assessments add column position integer not null default 0;
update assessments set position = (
    select count(*) from assessments a
    where a.trace = assessments.trace
    and (a.create_time_ms, a.assessment_id) <= (assessments.create_time_ms, assessments.assessment_id));
