"""The site as a whole: what it says of itself and of the token's user."""

from __future__ import annotations

from reconciler.sandbox.calls import Answer, Call
from reconciler.sandbox.moodle.launches import VERSION
from reconciler.sandbox.moodle.params import Listed, Value

INFO = {"serviceshortnames": Listed(Value("alphanumext"), [])}
RELEASE = "5.1+ (Build: 20251017)"


def show_info(call: Call) -> Answer:
    """Site, user and the functions of the token's service."""
    site = call.world.moodle
    user = next(one for one in site.users if str(one["id"]) == call.query["userid"])
    return Answer(
        body={
            "sitename": site.name,
            "username": user["username"],
            "firstname": user["firstname"],
            "lastname": user["lastname"],
            "fullname": f"{user['firstname']} {user['lastname']}",
            "lang": "en",
            "userid": user["id"],
            "siteurl": site.url,
            "userpictureurl": site.picture,
            "functions": [{"name": name, "version": VERSION} for name in call.query["functions"].split(",")],
            "downloadfiles": 0,
            "uploadfiles": 0,
            "release": RELEASE,
            "version": VERSION,
            "mobilecssurl": "",
            "usercanmanageownfiles": True,
            "userquota": 0,
            "usermaxuploadfilesize": -1,
            "userhomepage": 1,
            **dict.fromkeys(("sitecalendartype", "usercalendartype"), "gregorian"),
            "siteid": 1,
            "userissiteadmin": user["username"] == "admin",
            "theme": "boost",
        }
    )
