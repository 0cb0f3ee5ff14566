"""When and where: the only code that imports Prefect, thin over nemuro_etl.pipeline.

Prefect's own settings are prepared here, before any module of this package imports it: without a server it runs
embedded, with its state inside the project's home. What the environment already sets stands.
"""

from nemuro_etl.settings import prepare_prefect, read_settings

prepare_prefect(read_settings().home)
