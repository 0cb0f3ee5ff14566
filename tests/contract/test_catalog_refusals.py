"""Every kind of mistake in config/ is refused with file, key, what is wrong and the remedy – all of them at once."""

from pathlib import Path

import pytest

from nemuro_etl.catalog import load_catalog
from nemuro_etl.errors import ConfigurationWrong, Exit

EDITION = "strategy/fy2015-2019/edition.yml"
GOAL_1 = "strategy/fy2015-2019/goal-1.yml"
GOAL_2 = "strategy/fy2015-2019/goal-2.yml"
GOAL_3 = "strategy/fy2015-2019/goal-3.yml"
POPULATION = "strategy/fy2015-2019/population.yml"
DOCUMENT = "strategy/fy2015-2019/document.tsv"
TFR = "indicators.g1-n1"

REFUSALS = {
    "an unknown key": (
        GOAL_1,
        "    decimals: 2",
        "    decimal: 2",
        f"{TFR}.decimal",
        "unknown key",
        "mean 'decimals'?",
    ),
    "a missing key": (
        GOAL_1,
        "    decimals: 2",
        "    decimal: 2",
        f"{TFR}.decimals",
        "is missing",
        "add decimals: …",
    ),
    "an unknown shape": (
        GOAL_1,
        "shape: level",
        "shape: levle",
        f"{TFR}.shape",
        "unknown value 'levle'",
        "did you mean 'level'?",
    ),
    "a level without a baseline": (
        GOAL_1,
        "    baseline: 1.37\n",
        "",
        f"{TFR}.baseline",
        "nothing says how far there is to go, or which way",
        "baseline: first actual",
    ),
    "a target equal to its baseline in a level": (
        GOAL_1,
        "target: 1.49",
        "target: 1.37",
        f"{TFR}.target",
        "equals the baseline 1.37",
        "shape: maintain",
    ),
    "a direction against the figures": (
        GOAL_1,
        "direction: up",
        "direction: down",
        f"{TFR}.direction",
        "down contradicts 1.37 → 1.49",
        "write direction: up",
    ),
    "a level that is to be held": (
        GOAL_1,
        "direction: up",
        "direction: hold",
        f"{TFR}.direction",
        "level goes up or down, not hold",
        "write direction: up or down",
    ),
    "a cumulative that ends at nothing": (
        GOAL_1,
        "target: 200",
        "target: 0",
        "g1-a1-1.target",
        "a sum cannot arrive at 0",
        "a target above 0",
    ),
    "a cumulative that starts above 0": (
        GOAL_1,
        "            baseline: 0\n",
        "            baseline: 5\n",
        "g1-a1-1.baseline",
        "a sum of yearly additions starts at 0",
        "write baseline: 0",
    ),
    "a quota with a baseline": (
        GOAL_1,
        "            target: 46000\n",
        "            baseline: 40000\n            target: 46000\n",
        "g1-a4-2.baseline",
        "a yearly amount has no baseline",
        "shape: level",
    ),
    "a quota that asks nothing": (
        GOAL_1,
        "target: 46000",
        "target: 0",
        "g1-a4-2.target",
        "asks nothing",
        "a target above 0",
    ),
    "a maintain that starts elsewhere": (
        GOAL_1,
        "shape: maintain\n            unit: 人\n            decimals: 0\n            whole: yes\n            direction: hold\n"
        "            baseline: 0",
        "shape: maintain\n            unit: 人\n            decimals: 0\n            whole: yes\n            direction: hold\n"
        "            baseline: 3",
        "g1-a3-1.baseline",
        "3 is not the 0 to be kept",
        "shape: level",
    ),
    "a milestone that is there already": (
        GOAL_1,
        "    baseline: 0\n    baseline_note: 分娩",
        "    baseline: 1\n    baseline_note: 分娩",
        "indicators.g1-n4.target",
        "1 is not above the baseline 1",
        "what is to be there",
    ),
    "a first actual that is no level": (
        GOAL_1,
        "    baseline: 0\n    baseline_note: 分娩",
        "    baseline: first actual\n    baseline_note: 分娩",
        "indicators.g1-n4.baseline",
        "only a level starts from its first actual",
        "write its figure",
    ),
    "whole things with decimals": (
        GOAL_1,
        "decimals: 2\n    whole: no",
        "decimals: 2\n    whole: yes",
        f"{TFR}.whole",
        "whole things have no 2 decimals",
        "whole: no",
    ),
    "a ratio of whole things": (
        GOAL_2,
        "unit: 人/千人\n            decimals: 0\n            whole: no",
        "unit: 人/千人\n            decimals: 0\n            whole: yes",
        "g2-a1-2.whole",
        "人/千人 does not count whole things",
        "write whole: no",
    ),
    "a number with a comma": (
        GOAL_1,
        "target: 1400",
        "target: 1,400",
        "g1-a2-1.target",
        "'1,400' is not a number",
        "write plain digits",
    ),
    "a yes that is not yes": (
        GOAL_1,
        "whole: yes",
        "whole: true",
        "g1-n3.whole",
        "'true' is neither yes nor no",
        "write yes or no",
    ),
    "a quote that is not in the document": (
        GOAL_1,
        "quote: 合計特殊出生率：5年で1.49とし",
        "quote: 合計特殊出生率：5年で1.50とし",
        f"{TFR}.quote",
        "is not in the document at line 329",
        "copy the words of the document",
    ),
    "a quote on another line": (
        GOAL_1,
        "line: 329",
        "line: 330",
        f"{TFR}.quote",
        "is not in the document at line 330",
        "correct the line number",
    ),
    "a quote from outside the excerpt": (
        GOAL_1,
        "line: 329",
        "line: 700",
        f"{TFR}.quote",
        "line 700 of the document is not in",
        "add the line to",
    ),
    "a project that is not in the document": (
        GOAL_1,
        "name: 児童相談室設置事業",
        "name: 児童相談所設置事業",
        "g1-a1.projects[0].name",
        "is not in the document at line 359",
        "copy the words of the document",
    ),
    "a mark that is not printed": (
        GOAL_1,
        "marks: [新規], name: 児童相談室",
        "marks: [拡充], name: 児童相談室",
        "g1-a1.projects[0].marks",
        "'拡充' is not in the document at line 359",
        "copy the words of the document",
    ),
    "words that a revision added and that are not there": (
        GOAL_1,
        "[給付対象の拡大(中高生入院外)]",
        "[給付対象の縮小]",
        "g1-a2.projects[0].revised.2018-11-22",
        "'給付対象の縮小' is in neither name, marks nor content",
        "copy the words that are underlined there",
    ),
    "words added by a revision that there is not": (
        GOAL_1,
        "{2018-11-22: [給付対象の拡大(中高生入院外)]}",
        "{2018-11-23: [給付対象の拡大(中高生入院外)]}",
        "g1-a2.projects[0].revised.2018-11-23",
        "there is no revision of 2018-11-23",
        "write one of: 2015-10-30, 2017-11-22, 2018-11-22",
    ),
    "a line of the document that nothing quotes": (
        DOCUMENT,
        "325\t",
        "324\t余分な行\n325\t",
        "document.tsv",
        "nothing refers to line 324",
        "remove the line from the excerpt",
    ),
    "a line of the excerpt without a tab": (
        DOCUMENT,
        "325\t",
        "325 ",
        "document.tsv:",
        "is not `line<TAB>text`",
        "a tab",
    ),
    "a duplicate id": (
        GOAL_2,
        "  g2-n2:",
        "  g1-n2:",
        "indicators.g1-n2",
        "the id 'g1-n2' stands twice (first:",
        "another id",
    ),
    "a duplicate key": (
        GOAL_1,
        "    decimals: 2\n",
        "    decimals: 2\n    decimals: 1\n",
        f"{TFR}.decimals",
        "the key stands twice (first in line",
        "remove one of the two",
    ),
    "an unknown department": (
        GOAL_1,
        "owners: {2015-10-30: sogo-seisaku}",
        "owners: {2015-10-30: sogo-seisak}",
        f"{TFR}.owners.2015-10-30",
        "unknown department 'sogo-seisak'",
        "did you mean 'sogo-seisaku'?",
    ),
    "an owner who does not exist on a date": (
        GOAL_1,
        "owners: {2015-10-30: sogo-seisaku}",
        "owners: {2015-10-30: hoppo-ryodo}",
        f"{TFR}.owners.2015-10-30",
        "'hoppo-ryodo' does not exist on 2015-10-30 (it exists 2020-04-01 – )",
        "correct since/until in departments.yml",
    ),
    "an owner who begins too late": (
        GOAL_1,
        "owners: {2015-10-30: sogo-seisaku}",
        "owners: {2016-04-01: sogo-seisaku}",
        f"{TFR}.owners.2016-04-01",
        "nobody owns this row from 2015-10-30 to 2016-03-31",
        "let the first owner begin on 2015-10-30",
    ),
    "owners out of order": (
        GOAL_1,
        "owners: {2015-10-30: sogo-seisaku}",
        "owners: {2018-04-01: somu, 2015-10-30: sogo-seisaku}",
        f"{TFR}.owners.2015-10-30",
        "2015-10-30 stands after 2018-04-01",
        "oldest first",
    ),
    "no owner": (
        GOAL_1,
        "owners: {2015-10-30: sogo-seisaku}",
        "owners: {}",
        f"{TFR}.owners",
        "nobody owns this row",
        "2015-10-30: department",
    ),
    "an owner after the plan": (
        GOAL_1,
        "owners: {2015-10-30: sogo-seisaku}",
        "owners: {2015-10-30: sogo-seisaku, 2021-04-01: somu}",
        f"{TFR}.owners.2021-04-01",
        "begins outside the row's period, which ends on 2020-03-31 (FY2019)",
        "remove it",
    ),
    "a department that stands twice": (
        "departments.yml",
        "{id: somu, name: 総務部",
        "{id: sogo-seisaku, name: 総務部",
        "departments[1].id",
        "stands twice for one and the same day",
        "end the earlier entry with until",
    ),
    "a department that ends before it begins": (
        "departments.yml",
        "since: 2020-04-01}",
        "since: 2020-04-01, until: 2019-03-31}",
        "departments[7].until",
        "2019-03-31 is before since 2020-04-01",
        "correct one of the two",
    ),
    "an address that is none": (
        "departments.yml",
        "address: somu@city.nemuro.example",
        "address: 総務部 <somu@city.nemuro.example>",
        "departments[1].address",
        "is no mail address",
        "write the section's mailbox as name@host",
    ),
    "a head's address that is none": (
        "departments.yml",
        "address: somu-bucho@city.nemuro.example",
        "address: 総務部長",
        "departments[1].head.address",
        "is no mail address",
        "write the section's mailbox as name@host",
    ),
    "a head without a title": (
        "departments.yml",
        "{title: 総務部長, address",
        "{address",
        "departments[1].head.title",
        "is missing",
        "add title: …",
    ),
    "a section with the id of the headquarters": (
        "departments.yml",
        "{id: kensetsu-suido",
        "{id: headquarters",
        "departments[4].id",
        "'headquarters' is what the headquarters of alerting.yml are called",
        "choose another id",
    ),
    "headquarters without an address": (
        "alerting.yml",
        ", address: suishin-honbu@city.nemuro.example",
        "",
        "headquarters.address",
        "is missing",
        "add address: …",
    ),
    "no reminders at all": (
        "alerting.yml",
        "reminders: 3",
        "reminders: 0",
        "reminders",
        "0 is below 1",
        "write a number of at least 1",
    ),
    "a storm in percent": (
        "alerting.yml",
        "storm_share: 0.3",
        "storm_share: 30",
        "storm_share",
        "30 is no share",
        "0.3 is 30 percent",
    ),
    "a department's name beyond JIS": (
        "departments.yml",
        "name: 総務部",
        "name: 総務部①",
        "departments[1].name",
        "'①' is not a JIS character",
        "1 for ①",
    ),
    "an indicator's name with a wave dash": (
        GOAL_2,
        "name: 20歳から39歳の女性人口",
        "name: 20～39歳女性人口",
        "g2-n1.name",
        "'～' is not a JIS character",
        "から for ～",
    ),
    "a missing secretariat": (
        "alerting.yml",
        "secretariat: sogo-seisaku\n",
        "",
        "secretariat",
        "is missing",
        "add secretariat: …",
    ),
    "a secretariat that does not exist yet": (
        "alerting.yml",
        "secretariat: sogo-seisaku",
        "secretariat: hoppo-ryodo",
        "secretariat",
        "does not exist on 2015-10-30",
        "name the department that existed then",
    ),
    "a list id that is none": (
        "alerting.yml",
        "list_id: senryaku.city.nemuro.example",
        "list_id: 根室市",
        "list_id",
        "is no List-Id",
        "kpi.city.example",
    ),
    "bands that do not descend": (
        "bands.yml",
        "behind: 0.5 ",
        "behind: 0.9 ",
        "2015-10-30.behind",
        "0.9 is not below mostly_on_track 0.8",
        "let the bounds descend",
    ),
    "a warning that closes below where it opens": (
        "bands.yml",
        "clear_at: 0.8",
        "clear_at: 0.7",
        "2015-10-30.clear_at",
        "would close at 0.7, below 0.8",
        "at or above warn_below",
    ),
    "bands that begin after the strategy": (
        "bands.yml",
        "2015-10-30:",
        "2016-04-01:",
        "2016-04-01",
        "nothing says how to rate from 2015-10-30 on",
        "2015-10-30 or before",
    ),
    "same_as to a row that is not there": (
        GOAL_3,
        "same_as: g2-n1",
        "same_as: g2-n9",
        "indicators.g3-n3.same_as",
        "there is no indicator 'g2-n9' with a target of its own",
        "did you mean 'g2-n",
    ),
    "same_as with a target of its own": (
        GOAL_3,
        "same_as: g2-n1\n",
        "same_as: g2-n1\n    target: 2400\n",
        "indicators.g3-n3.target",
        "takes this from g2-n1",
        "remove it here, or remove same_as",
    ),
    "a floor without a target date": (
        GOAL_2,
        "    target_day: 2020-10-01\n",
        "",
        "g2-n1.target_day",
        "is missing",
        "add target_day: …",
    ),
    "a floor whose lines do not reach its target date": (
        GOAL_2,
        "    target_day: 2020-10-01\n",
        "    target_day: 2019-10-01\n",
        "g2-n1.target_day",
        "the lines have no point on 2019-10-01",
        "write one of: 2020-10-01",
    ),
    "a floor without lines": (
        GOAL_2,
        "quantity: women-20-39",
        "quantity: decline-rate",
        "g2-n1.quantity",
        "unknown line 'decline-rate'",
        "write one of: total, youth",
    ),
    "a floor whose target is not on its line": (
        GOAL_2,
        "target: 2357",
        "target: 2375",
        "g2-n1.target",
        "2375 is not on the line, which has 2357 on 2020-10-01",
        "correct the figure here or in the table",
    ),
    "a floor by fiscal year": (
        GOAL_2,
        "basis: as of a date",
        "basis: fiscal year",
        "g2-n1.basis",
        "floor runs by date",
        "write basis: as of a date",
    ),
    "a target outside its plan": (
        POPULATION,
        "    plan: sogo-keikaku",
        "    plan: strategy",
        "indicators.p2025-total.target_day",
        "FY2025 is outside the plan strategy (FY2015–FY2019",
        "name the plan that the target belongs to",
    ),
    "an unknown plan": (
        POPULATION,
        "    plan: sogo-keikaku",
        "    plan: sogo-keikak",
        "indicators.p2025-total.plan",
        "unknown plan 'sogo-keikak'",
        "did you mean 'sogo-keikaku'?",
    ),
    "a plan that ends before it begins": (
        EDITION,
        "last_fiscal_year: 2019",
        "last_fiscal_year: 2014",
        "plans.strategy.last_fiscal_year",
        "FY2015–FY2014 is no period",
        "the first and the last fiscal year",
    ),
    "a revision outside the edition": (
        EDITION,
        "  2015-10-30: {title",
        "  2014-10-30: {title",
        "revisions.2014-10-30",
        "2014-10-30 is outside the years of every plan",
        "correct the day",
    ),
    "revisions out of order": (
        EDITION,
        "  2017-11-22: {title: 一部改訂}",
        "  2019-11-22: {title: 一部改訂}",
        "revisions.2018-11-22",
        "2018-11-22 stands after 2019-11-22",
        "oldest first",
    ),
    "a day that does not exist": (
        EDITION,
        "  2017-11-22: {title: 一部改訂}",
        "  2017-11-31: {title: 一部改訂}",
        "revisions.2017-11-31",
        "'2017-11-31' is not a day",
        "write the day as 2015-10-30",
    ),
    "a change by a revision that is not there": (
        GOAL_1,
        "    target: 1.49\n",
        "    target: 1.49\n    revised: {2016-11-22: {target: 1.5}}\n",
        f"{TFR}.revised.2016-11-22",
        "there is no revision of 2016-11-22",
        "2015-10-30, 2017-11-22, 2018-11-22",
    ),
    "an unknown key in a change by a revision": (
        GOAL_1,
        "    target: 1.49\n",
        "    target: 1.49\n    revised: {2018-11-22: {targat: 1.5}}\n",
        f"{TFR}.revised.2018-11-22.targat",
        "unknown key",
        "did you mean 'target'?",
    ),
    "an area code that lost its zero": (
        EDITION,
        "area: 01223",
        "area: 1223",
        "area",
        "'1223' is no area code",
        "01223",
    ),
    "population parts that do not add up": (
        POPULATION,
        "      2020-10-01: {value: 2533, line: 273}",
        "      2020-10-01: {value: 8540, line: 273}",
        "lines.total.do_nothing.2020-10-01",
        "the parts add up to 31397, the total is 25390",
        "copied wrongly",
    ),
    "census parts that do not add up": (
        POPULATION,
        "youth: 3033",
        "youth: 3303",
        "census.2015-10-01.total",
        "the parts add up to 27187, the total is 26917: more than ±2 apart",
        "copied wrongly",
    ),
    "a population figure that the document does not print": (
        POPULATION,
        "value: 25390",
        "value: 25391",
        "lines.total.do_nothing.2020-10-01.value",
        "the figure 25,391 is not printed on line 273",
        "correct the value or the line number",
    ),
    "a census known before it was taken": (
        POPULATION,
        "known_from: 2016-10-26",
        "known_from: 2015-09-30",
        "census.2015-10-01.known_from",
        "2015-09-30 is before the census of 2015-10-01",
        "the day of publication",
    ),
    "a census outside the edition": (
        POPULATION,
        "  2015-10-01:\n    known_from",
        "  2010-10-01:\n    known_from",
        "census.2010-10-01",
        "2010-10-01 is outside the years of every plan",
        "correct the day of the census",
    ),
    "a line without a start": (
        POPULATION,
        "      2010-10-01: {value: 29198, line: 191}\n",
        "",
        "lines.total.do_nothing",
        "no value at the common start 2015-10-01",
        "add the projection's own value",
    ),
    "a public figure that comes from nowhere": (
        GOAL_1,
        "    actual: {series: vital.tfr}\n",
        "",
        f"{TFR}.actual",
        "a vital figure is published",
        "write actual: {sql: …} or {series: …}",
    ),
    "a series of an unknown source": (
        GOAL_1,
        "actual: {series: vital.tfr}",
        "actual: {series: vitl.tfr}",
        f"{TFR}.actual.series",
        "'vitl.tfr' is no series",
        "did you mean 'vital'?",
    ),
    "an actual from two places": (
        GOAL_1,
        "actual: {series: vital.tfr}",
        "actual: {series: vital.tfr, sql: tfr}",
        f"{TFR}.actual.series",
        "not from both",
        "remove one of the two",
    ),
    "a population figure by return": (
        GOAL_2,
        "actual: {sql: women_20_39, returns: no}",
        "actual: {sql: women_20_39}",
        "g2-n1.actual",
        "never taken from a return",
        "write returns: no",
    ),
    "an unknown family": (
        GOAL_1,
        "family: vital",
        "family: vitals",
        f"{TFR}.family",
        "unknown family 'vitals'",
        "did you mean 'vital'?",
    ),
    "a cron of four fields": (
        "schedules.yml",
        '"30 2 * * *"',
        '"30 2 * *"',
        "nightly.cron",
        "has 4 fields, not 5",
        '"30 2 * * *"',
    ),
    "a cron at hour 25": (
        "schedules.yml",
        '"30 2 * * *"',
        '"30 25 * * *"',
        "nightly.cron",
        "'25' is no hour",
        "numbers from 0 to 23",
    ),
    "a schedule in UTC": (
        "schedules.yml",
        "Asia/Tokyo",
        "UTC",
        "nightly.timezone",
        "'UTC' is not Asia/Tokyo",
        "write timezone: Asia/Tokyo",
    ),
    "a deadline without a unit": (
        "schedules.yml",
        "deadline: 3h",
        "deadline: 3",
        "nightly.deadline",
        "'3' is no span of time",
        "write a number with m, h or d: 3h",
    ),
    "a watchdog that is misspelt": (
        "schedules.yml",
        "watchdog:",
        "wachtdog:",
        "watchdog",
        "watchdog: is missing",
        "add watchdog: with cron and timezone",
    ),
    "a publication day that no year has": (
        "calendar.yml",
        "date: 09-30",
        "date: 09-31",
        "publications.tourism.date",
        "'09-31' is no day of the year",
        "like 08-05",
    ),
    "a publication day that only leap years have": (
        "calendar.yml",
        "date: 09-30",
        "date: 02-29",
        "publications.tourism.date",
        "'02-29' is no day of the year",
        "like 08-05",
    ),
    "a family that is never published": (
        "calendar.yml",
        "  furusato:",
        "  furustao:",
        "publications.furusato",
        "is missing",
        "add furusato:",
    ),
    "a holiday that is no day": (
        "calendar.yml",
        "holidays: []",
        "holidays: [12/31]",
        "holidays",
        "'12/31' is not a day",
        "2018-12-31",
    ),
    "a negative grace": (
        "calendar.yml",
        "grace_days: 14",
        "grace_days: -14",
        "publications.population.grace_days",
        "-14 is below 0",
        "0 or more",
    ),
    "a reminder before its call": (
        "calendar.yml",
        "call: 06-01",
        "call: 07-20",
        "publications.department.calls.call",
        "the call of 2016-07-20 does not come before the reminder of 2016-07-17 (FY2015)",
        "postpone the deadline",
    ),
    "a deadline before its reminder": (
        "calendar.yml",
        "call: 06-01, remind_days: 14",
        "call: 06-01, remind_days: -3",
        "publications.department.calls.remind_days",
        "-3 is below 1",
        "before the deadline",
    ),
    "an escalation before its deadline": (
        "calendar.yml",
        "call: 10-01, remind_days: 14, escalate_days: 7",
        "call: 10-01, remind_days: 14, escalate_days: 0",
        "publications.survey.calls.escalate_days",
        "0 is below 1",
        "the escalation after it",
    ),
    "an escalation after the grace": (
        "calendar.yml",
        "call: 06-01, remind_days: 14, escalate_days: 7",
        "call: 06-01, remind_days: 14, escalate_days: 15",
        "publications.department.calls.escalate_days",
        "comes after the grace, which ends on 2016-08-14",
        "no more days than grace_days",
    ),
    "a call for a year that is not over": (
        "calendar.yml",
        "call: 06-01",
        "call: 03-31",
        "publications.department.calls.call",
        "asks for FY2015, which ends on 2016-03-31",
        "after the year is over",
    ),
    "a deadline that is brought forward before its call": (
        "calendar.yml",
        "    calls: {call: 06-01",
        "    exceptions: [{fiscal_year: 2018, expected: 2019-06-10, note: 早期の効果検証}]\n    calls: {call: 06-01",
        "publications.department.calls.call",
        "does not come before the reminder of 2019-05-27 (FY2018)",
        "call earlier",
    ),
    "a postponement without its reason": (
        "calendar.yml",
        ", note: 平成25年～平成29年の公表日}",
        "}",
        "publications.vital.exceptions[0].note",
        "is missing",
        "add note: …",
    ),
    "a year that is postponed twice": (
        "calendar.yml",
        "fiscal_year: 2022, expected",
        "fiscal_year: 2017, expected",
        "publications.vital.exceptions",
        "FY2017 stands twice",
        "the latest date",
    ),
    "returns that nobody is called for": (
        "calendar.yml",
        "    calls: {call: 10-01, remind_days: 14, escalate_days: 7}\n",
        "",
        "publications.survey.calls",
        "is missing",
        "add calls: …",
    ),
    "a publisher that is called like a section": (
        "calendar.yml",
        "  tourism:\n",
        "  tourism:\n    calls: {call: 06-01, remind_days: 14, escalate_days: 7}\n",
        "publications.tourism.calls",
        "unknown key",
        "correct the spelling",
    ),
    "an answer that is due at once": (
        "alerting.yml",
        "answer_within: 10",
        "answer_within: 0",
        "answer_within",
        "0 is below 1",
        "business days for an answer",
    ),
    "a workbook folder that no other computer finds": (
        "alerting.yml",
        r"\\fileserver.city.nemuro.example\senryaku\指標報告",
        "指標報告",
        "workbook_folder",
        "is no folder that another computer finds",
        r"\\server\share\folder",
    ),
    "an unknown key of a source": (
        "sources/returns.yml",
        "cadence:",
        "cadense:",
        "cadense",
        "unknown key",
        "did you mean 'cadence'?",
    ),
    "an unknown source": (
        "sources/returns.yml",
        "id: returns",
        "id: return",
        "id",
        "unknown source 'return'",
        "did you mean 'returns'?",
    ),
    "a source in another's file": (
        "sources/returns.yml",
        "id: returns",
        "id: trade",
        "id",
        "'trade' stands in returns.yml",
        "rename the file to trade.yml",
    ),
    "an address that is not http": (
        "sources/returns.yml",
        "endpoints: []",
        "endpoints: [{file: 'ftp://city.nemuro.example/'}]",
        "endpoints[0].file",
        "is no address",
        "http://… or https://…",
    ),
    "an endpoint of no kind": (
        "sources/returns.yml",
        "endpoints: []",
        "endpoints: [{url: 'https://city.nemuro.example/a.csv'}]",
        "endpoints[0]",
        "is no endpoint",
        "write exactly one of: file, estat_table, estat_files, ckan",
    ),
    "an endpoint of two kinds": (
        "sources/returns.yml",
        "endpoints: []",
        "endpoints: [{file: 'https://city.nemuro.example/a.csv', estat_table: '1'}]",
        "endpoints[0]",
        "is no endpoint",
        "write exactly one of: file, estat_table, estat_files, ckan",
    ),
    "a pattern without its years": (
        "sources/returns.yml",
        "endpoints: []",
        "endpoints: [{file: 'https://city.nemuro.example/{year}.csv'}]",
        "endpoints[0].file",
        "{year} and years: go together",
        "write both",
    ),
    "years that end before they begin": (
        "sources/returns.yml",
        "endpoints: []",
        "endpoints: [{file: 'https://city.nemuro.example/{year}.csv', years: {from: 2018, to: 2015}}]",
        "endpoints[0].years.to",
        "2015 is before 2018",
        "write the last year",
    ),
    "an application id in a narrowing": (
        "sources/census.yml",
        'estat_table: "0003445078"',
        'estat_table: "0003445078", narrow: {appId: "0123"}',
        "endpoints[0].narrow.appId",
        "unknown narrowing",
        "write cdArea, cdTime, cdCat01",
    ),
    "an unknown search": (
        "sources/registry.yml",
        "statsCode:",
        "statCode:",
        "endpoints[0].estat_files.statCode",
        "unknown search",
        "did you mean 'statsCode'?",
    ),
    "a portal without patterns": (
        "sources/returns.yml",
        "endpoints: []",
        "endpoints: [{ckan: 'https://portal.example/api', dataset: '41'}]",
        "endpoints[0].resources",
        "names no resource",
        "write patterns of names or formats",
    ),
    "a base of the API that is not http": (
        "sources/census.yml",
        "estat_api: https:",
        "estat_api: file:",
        "estat_api",
        "is no address",
        "http://… or https://…",
    ),
    "an office without its name": (
        "sources/trade.yml",
        "class: cat03, name: 根室",
        "class: cat03",
        "office_codes.name",
        "is missing",
        "add name: …",
    ),
    "a folder that leads elsewhere": (
        "sources/returns.yml",
        "folder: returns",
        "folder: ../../etc",
        "folder",
        "is no folder below the inbox",
        "one plain name",
    ),
    "text that is not YAML": (
        "bands.yml",
        "2015-10-30:",
        "2015-10-30: [",
        "bands.yml:",
        "is not YAML",
        "correct the syntax",
    ),
    "a rule of plausibility that says nothing": (
        "sources/census.yml",
        "{series: census.population, range: {min: 0, max: 135000000}}",
        "{series: census.population}",
        "plausibility[0]",
        "says nothing",
        "write range: {min: …, max: …}, year_on_year: {min: …, max: …}, or both",
    ),
    "a range upside down": (
        "sources/census.yml",
        "range: {min: 0, max: 135000000}",
        "range: {min: 9, max: 1}",
        "plausibility[0].range.min",
        "9 is above max 1",
        "write the smaller number as min",
    ),
    "exceptions from nothing": (
        "sources/vital.yml",
        "range: {min: 0.3, max: 4}",
        "range: {min: 0.3, max: 4}, exceptions: [{period: 2013/2017, reason: x}]",
        "plausibility[0].exceptions",
        "there is no year_on_year to be excepted from",
        "write year_on_year, or remove them",
    ),
    "an exception of no period": (
        "sources/furusato.yml",
        '{period: FY2015, reason: "制度の拡充と返礼品の開始により、前年度の約396倍',
        '{period: 平成27年度, reason: "制度の拡充と返礼品の開始により、前年度の約396倍',
        "plausibility[0].exceptions[0].period",
        "not a period: '平成27年度'",
        "write the period as `nemuro facts` prints it",
    ),
    "a correction that corrects nothing": (
        "sources/vital.yml",
        "\nplausibility:",
        "\ncorrections: [{series: vital.tfr, area: '01223', period: 2013/2017, found: 1.5, instead: 1.5, reason: x}]\nplausibility:",
        "corrections[0].instead",
        "is what was found",
        "write what the figure should be, or remove the correction",
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "key", "wrong", "remedy"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_mistake_is_refused_with_file_key_and_remedy(config_copy, file, old, new, key, wrong, remedy):
    told = config_copy.replace(file, old, new).refusal()

    fault = next((part for part in told.split("\n  config") if wrong in part), None) or told
    assert file in fault
    assert key in fault
    assert wrong in fault
    assert remedy in fault.partition("→")[2]


def test_the_whole_message_reads_as_a_person_needs_it(config_copy):
    config_copy.replace("bands.yml", "behind: 0.5 ", "behind: 0.9 ").replace("schedules.yml", "nightly:", "nightyl:")
    root = config_copy.root.as_posix()

    assert config_copy.refusal() == (
        f"{root} has 3 faults:\n"
        f"  {root}/bands.yml:6: 2015-10-30.behind: 0.9 is not below mostly_on_track 0.8\n"
        "    → let the bounds descend: on_track, mostly_on_track, behind, far_behind\n"
        f"  {root}/schedules.yml:1: nightly: is missing\n"
        "    → add nightly: with cron and timezone\n"
        f"  {root}/schedules.yml:2: nightyl: unknown key\n"
        "    → did you mean 'nightly'?\n"
        "  Every file was expected to agree with itself, with the others and with the document.\n"
        "  Nothing was collected, judged or sent; what is recorded stays as it is.\n"
        f"  Edit the places named above, then run: nemuro --config {root} check"
    )


def test_every_fault_of_every_file_is_told_at_once(config_copy):
    config_copy.replace("departments.yml", "somu@city", "somu city")
    config_copy.replace("bands.yml", "clear_at: 0.8", "clear_at: 0.7")
    config_copy.replace("calendar.yml", "date: 09-30", "date: 09-31")
    config_copy.replace("sources/returns.yml", "folder: returns", "folder: /")
    config_copy.replace(GOAL_1, "target: 1.49", "target: 1.37")
    config_copy.replace(GOAL_1, "target: 1400", "target: 1,400")
    config_copy.replace(POPULATION, "youth: 3033", "youth: 3303")

    told = config_copy.refusal()

    assert "has 7 faults" in told
    for name in ("departments.yml", "bands.yml", "calendar.yml", "sources/returns.yml", GOAL_1, POPULATION):
        assert name in told


def test_a_refusal_is_a_fault_of_configuration_with_exit_2(config_copy):
    config_copy.replace("bands.yml", "clear_at: 0.8", "clear_at: 0.7")

    with pytest.raises(ConfigurationWrong) as refused:
        config_copy.load()

    assert refused.value.exit is Exit.USAGE


def test_a_missing_file_is_named(config_copy):
    (config_copy.root / "calendar.yml").unlink()

    assert "config/calendar.yml: the file is missing" in config_copy.refusal()


def test_a_missing_folder_is_named(tmp_path: Path):
    with pytest.raises(
        ConfigurationWrong, match=r"nowhere: there is no such folder\n    → name the folder with --config"
    ):
        load_catalog(tmp_path / "nowhere")


def test_a_file_that_nothing_reads_is_refused(config_copy):
    (config_copy.root / "departements.yml").write_text("", encoding="utf-8")
    (config_copy.root / "sources" / "trades.yml").write_text("", encoding="utf-8")

    told = config_copy.refusal()

    assert "departements.yml: nothing reads this file\n    → did you mean 'departments.yml'?" in told
    assert "trades.yml: nothing reads this file\n    → did you mean 'trade.yml'?" in told


def test_a_file_in_another_encoding_is_refused(config_copy):
    path = config_copy.root / "alerting.yml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp932"))

    assert "alerting.yml: is not UTF-8 (byte " in config_copy.refusal()


def test_two_editions_never_judge_one_area_in_the_same_years(config_copy):
    strategy = config_copy.root / "strategy"
    (strategy / "fy2017-2021").mkdir()
    for path in (strategy / "fy2015-2019").iterdir():
        (strategy / "fy2017-2021" / path.name).write_bytes(path.read_bytes())

    told = config_copy.refusal()

    assert "fy2017-2021/edition.yml" in told
    assert "the editions fy2015-2019 and fy2017-2021 both hold for area 01223 in FY2015" in told
