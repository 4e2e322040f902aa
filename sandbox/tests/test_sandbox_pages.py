"""The consent pages as a person meets them: the forms' own fields lead to the end."""

import pytest

LOGINS = ["facebook", "instagram", "tiktok", "google"]


class Visitor:
    """Walks the real HTML by its forms, one button at a time."""

    def __init__(self, sandbox, forms):
        self.sandbox = sandbox
        self.forms = forms
        self.page = None

    async def open(self, login, **changes):
        self.page = await self.sandbox.get(self.sandbox.authorize_url(login, **changes))

    async def press(self, name, value, without=()):
        """Press the button *name*=*value*; *without* are boxes that get unticked first."""
        form = next(one for one in self.forms(self.page.text) if (name, value) in one["buttons"])
        fields = [pair for pair in form["fields"] if pair not in without]
        pressed = [(name, value)] if name else []
        self.page = await self.sandbox.call("POST", form["action"].lstrip("/"), data=fields + pressed)

    def boxes(self, name):
        return [
            value for one in self.forms(self.page.text) for known, value in one["fields"] if known == name
        ]


@pytest.fixture
def visitor(sandbox, forms):
    return Visitor(sandbox, forms)


@pytest.mark.parametrize("login", LOGINS)
async def test_a_person_clicks_through_to_a_code(visitor, login):
    await visitor.open(login)
    await visitor.press("person", "chen")
    if login == "instagram":
        await visitor.press("account", "17841400000000301")
    await visitor.press("decision", "allow")

    assert visitor.page.callback["code"]
    assert visitor.page.callback["state"] == "st-1"


@pytest.mark.parametrize("login", LOGINS)
async def test_cancelling_before_anybody_signed_in_is_a_denial(visitor, login):
    await visitor.open(login)
    await visitor.press("decision", "deny")

    assert visitor.page.callback["error"] == "access_denied"


async def test_somebody_with_several_channels_chooses_one(visitor):
    await visitor.open("google")
    await visitor.press("person", "mara")

    assert "Choose a channel" in visitor.page.text
    await visitor.press("channel", "UCc0mp4nyBr4ndCh4nnel_0B")
    assert "Crumb &amp; Compass" in visitor.page.text


async def test_the_browser_remembers_who_is_signed_in(visitor):
    await visitor.open("facebook")
    await visitor.press("person", "dina")
    await visitor.open("facebook")

    assert "You are Dina Haddad" in visitor.page.text


async def test_another_person_can_take_over(visitor):
    await visitor.open("facebook")
    await visitor.press("person", "dina")
    await visitor.press(None, None)

    assert "Who is signed in" in visitor.page.text
    await visitor.open("facebook")
    assert "Who is signed in" in visitor.page.text


async def test_one_platforms_sign_in_is_not_anothers(visitor):
    await visitor.open("facebook")
    await visitor.press("person", "dina")
    await visitor.open("instagram")

    assert "Who is signed in" in visitor.page.text


@pytest.mark.parametrize(
    ("login", "changes"),
    [("google", {"prompt": "select_account consent"}), ("instagram", {"force_reauth": "true"})],
    ids=["google", "instagram"],
)
async def test_a_remembered_person_is_asked_for_anew_on_demand(visitor, login, changes):
    await visitor.open(login)
    await visitor.press("person", "mara")
    await visitor.open(login, **changes)

    assert "Who is signed in" in visitor.page.text


async def test_consent_alone_skips_googles_pickers(visitor):
    await visitor.open("google")
    await visitor.press("person", "mara")
    await visitor.press("channel", "UCc0mp4nyBr4ndCh4nnel_0B")
    await visitor.open("google", prompt="consent")

    assert "Crumb &amp; Compass" in visitor.page.text


async def test_an_unticked_scope_counts_because_the_form_was_shown(visitor):
    await visitor.open("tiktok")
    await visitor.press("person", "mara")
    await visitor.press("decision", "allow", without=[("scope", "video.list")])

    assert visitor.page.callback["scopes"] == "user.info.basic,user.info.profile,user.info.stats"


async def test_the_facebook_form_has_the_asset_step(visitor):
    await visitor.open("facebook")
    await visitor.press("person", "dina")

    assert len(visitor.boxes("page")) == 4
    assert len(visitor.boxes("instagram")) == 3


async def test_a_permission_that_can_write_is_marked(visitor):
    await visitor.open("google", scope="openid https://www.googleapis.com/auth/youtube")
    await visitor.press("person", "chen")

    assert "can change things" in visitor.page.text


async def test_a_person_without_an_account_is_told(visitor):
    await visitor.open("instagram")
    await visitor.press("person", "emil")

    assert "Emil Novak has no Instagram account." in visitor.page.text
    await visitor.press("decision", "deny")
    assert visitor.page.callback["error"] == "access_denied"


@pytest.mark.parametrize("login", LOGINS)
async def test_a_page_stands_alone_and_names_itself_a_sandbox(visitor, login):
    await visitor.open(login)

    assert "<b>SANDBOX</b>" in visitor.page.text
    assert "<script" not in visitor.page.text
    assert "src=" not in visitor.page.text


async def test_what_the_app_sends_is_never_markup(visitor):
    await visitor.open("facebook", state='"><b id=x>')
    await visitor.press("person", "mara")

    assert "<b id=x>" not in visitor.page.text
    await visitor.press("decision", "allow")
    assert visitor.page.callback["state"] == '"><b id=x>'


async def test_a_prepared_answer_is_good_for_one_consent(visitor, sandbox):
    await sandbox.act("mara", "next-consent", login="tiktok", scopes=["user.info.stats"], decision="allow")
    await visitor.open("tiktok", disable_auto_auth="1")
    await visitor.press("person", "mara")
    first = visitor.page.callback
    await visitor.open("tiktok", disable_auto_auth="1")

    assert first["scopes"] == "user.info.basic,user.info.stats"
    assert visitor.page.status == 200


async def test_a_prepared_denial_denies(visitor, sandbox):
    await sandbox.act("mara", "next-consent", login="facebook", decision="deny")
    await visitor.open("facebook")
    await visitor.press("person", "mara")

    assert visitor.page.callback["error"] == "access_denied"
