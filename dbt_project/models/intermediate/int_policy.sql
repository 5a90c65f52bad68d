-- The thresholds of the analysis: a row for each cycle, a column for each threshold.
select
    cycle,
    max(value) filter (where policy = 'skewness_threshold') as skewness_threshold,
    max(value) filter (where policy = 'strong_skewness_threshold') as strong_skewness_threshold,
    max(value) filter (where policy = 'minimum_reported') as minimum_reported,
    max(value) filter (where policy = 'high_usage_rate') as high_usage_rate,
    max(value) filter (where policy = 'low_usage_rate') as low_usage_rate,
    max(value) filter (where policy = 'low_planned_use_rate') as low_planned_use_rate,
    max(value) filter (where policy = 'high_awareness_rate') as high_awareness_rate,
    max(value) filter (where policy = 'high_response_rate') as high_response_rate,
    max(value) filter (where policy = 'low_response_rate') as low_response_rate,
    max(value) filter (where policy = 'alpha') as alpha,
    max(value) filter (where policy = 'minimum_pairs') as minimum_pairs,
    max(value) filter (where policy = 'approximation_minimum_pairs') as approximation_minimum_pairs,
    max(value) filter (where policy = 'minimum_group_size_mean') as minimum_group_size_mean,
    max(value) filter (where policy = 'minimum_group_size_quartiles') as minimum_group_size_quartiles,
    max(value) filter (where policy = 'count_rounding_base') as count_rounding_base,
    max(value) filter (where policy = 'weak_correlation') as weak_correlation,
    max(value) filter (where policy = 'moderate_correlation') as moderate_correlation,
    max(value) filter (where policy = 'strong_correlation') as strong_correlation
from {{ ref('stg_policy') }}
group by cycle
