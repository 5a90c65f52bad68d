-- The decision table of the findings: what a KPI's performance and an instrument's use together say (§12-14).
-- Each combination stands here once; a test sees to it.
with

rules (performance, usage_level, finding, reading) as (
    values
    -- §14: the KPI performs well, and the instrument is highly used
    ('well_performing', 'high', 'recommendations_taken_up', 'its recommendations are taken up, and the KPI does well'),
    ('well_performing', 'middle', 'other', 'the KPI does well, and use is neither high nor low'),
    -- §12: the KPI performs well although the instrument is hardly used, so that this is not what does it
    ('well_performing', 'low', 'review_relevance', 'the KPI does well without it, so its relevance needs a review'),
    ('well_performing', 'not_answered', 'other', 'the KPI does well, and nobody answered on the use'),
    ('low_performing', 'high', 'other', 'the KPI does badly although it is widely used; look for other causes'),
    ('low_performing', 'middle', 'other', 'the KPI does badly, and use is neither high nor low'),
    -- §13: the KPI performs badly, and the instrument is hardly used
    ('low_performing', 'low', 'raise_awareness', 'the KPI does badly and it is little used; raise awareness of it'),
    ('low_performing', 'not_answered', 'other', 'the KPI does badly, and nobody answered on the use'),
    ('balanced', 'high', 'other', 'the KPI leans to neither end'),
    ('balanced', 'middle', 'other', 'the KPI leans to neither end'),
    ('balanced', 'low', 'other', 'the KPI leans to neither end'),
    ('balanced', 'not_answered', 'other', 'the KPI leans to neither end'),
    ('not_evaluated', 'high', 'other', 'the KPI could not be judged'),
    ('not_evaluated', 'middle', 'other', 'the KPI could not be judged'),
    ('not_evaluated', 'low', 'other', 'the KPI could not be judged'),
    ('not_evaluated', 'not_answered', 'other', 'the KPI could not be judged')
)

select
    performance,
    usage_level,
    finding,
    reading
from rules
