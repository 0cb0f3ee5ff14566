"""The mail to the secretariat about a mail that a server refused for good: the same night, once for each."""

from nemuro_etl.catalog.types import Department
from nemuro_etl.mail.digest import Night, seal, subject_of
from nemuro_etl.mail.letter import COLOURS, Letter, Section
from nemuro_etl.mail.message import digest_of, key_of
from nemuro_etl.model.alert import Mail, MailKind
from nemuro_etl.model.evaluation import Rating
from nemuro_etl.model.wording import day_text


def render_refused(mail: Mail, said: str, department: str, secretariat: Department, night: Night) -> Mail:
    """The mail that tells `secretariat` that `mail` to `department` (its name) did not arrive; `said` by the server."""
    letter = Letter(
        subject=subject_of(night, f"宛先に届かないメール（{day_text(night.day)}）"),
        greeting=f"{secretariat.name}　御担当者様",
        opening=(
            f"{department}あての次のメールは、メールサーバーに受け付けられず、届いていません。"
            "宛先が直されるまで、もう一度送ることはありません。",
        ),
        sections=(
            Section(
                title=department,
                subtitle="メールが届いていません",
                colour=COLOURS[Rating.REGRESSED],
                rows=(
                    ("宛先", mail.to),
                    ("件名", mail.subject),
                    ("作成日", day_text(mail.night)),
                    ("サーバーの回答", said),
                    (
                        "お願い",
                        "宛先が正しいかを確かめ、誤っていれば config/departments.yml（推進本部の宛先は "
                        "config/alerting.yml）を直したうえで、"
                        f"`nemuro outbox retry {mail.key[:8]}` を実行してください。直した宛先に同じメールを送ります。",
                    ),
                ),
            ),
        ),
        closing=(
            "お急ぎの場合は、内容を別の方法でお伝えください。",
            f"このメールは「{night.catalog.alerting.system_name}」が自動で作成しました。",
        ),
    )
    key = key_of(secretariat.id, night.day, digest_of(["refused", mail.key, mail.to]))
    return seal(
        letter, MailKind.REFUSED, key=key, department=secretariat, night=night, thread=("refused", mail.key[:16])
    )
