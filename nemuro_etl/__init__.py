"""nemuro-etl: the nightly job that watches every indicator of Nemuro's regional revitalisation strategy.

Reading order for a newcomer: pipeline.py (the use cases), model/ (the words), catalog/ (config/ as one checked
object), sources/ and returns/ (bytes → figures), warehouse/ (figures, kept for ever), judging/ (figures → ratings),
alerting/ (ratings → what to say, and why), mail/ (how it is said). flows/ says when and where.
"""
