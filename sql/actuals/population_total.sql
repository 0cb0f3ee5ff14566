-- 総人口: everybody on the resident registry.
-- grain: period (a date), figure
-- inputs: registry.population
select period, 'value' as role, 1 as sign, series, dimensions, period as figure_period, version

from figure_known

where
    series = 'registry.population'
    and dimensions = 'age=all;nationality=total;sex=total'
