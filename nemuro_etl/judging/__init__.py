"""How an indicator is judged: pure, decimal, and the same whenever it is run."""

from nemuro_etl.judging.availability import data_state
from nemuro_etl.judging.change import cause_of, ratio_effects
from nemuro_etl.judging.evaluation import judge, judge_years, newest_ended, newest_rated
from nemuro_etl.judging.margin import margin_of_error, rating_with_margin
from nemuro_etl.judging.trend import Forecast, forecast, forecast_words

__all__ = [
    "Forecast",
    "cause_of",
    "data_state",
    "forecast",
    "forecast_words",
    "judge",
    "judge_years",
    "margin_of_error",
    "newest_ended",
    "newest_rated",
    "rating_with_margin",
    "ratio_effects",
]
