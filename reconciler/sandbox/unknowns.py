"""The one place where the sandbox chooses what the vendors' published texts leave open.

Each choice is the strict one: a driver that passes here relies on nothing undocumented.
"""

from __future__ import annotations

from datetime import timedelta

# --- Zoom OAuth -------------------------------------------------------------------------------
# The body for a wrong account_id is not published; the shape is the token endpoint's own.
WRONG_ACCOUNT = {"reason": "Bad Request", "error": "invalid_request"}

# --- Zoom REST, in general -----------------------------------------------------------------------
# Path unknown, verb unknown for a known path.
NO_ENDPOINT = (404, 2300, "This API endpoint is not recognized.")
NO_METHOD = (405, 2300, "Request method is not supported.")
# The reference lists query parameters per operation; what it does with others is not said. Refused.
UNKNOWN_QUERY = (400, 300, "Unknown query parameter.")
# How a spent daily allowance outside the meeting calls looks is taken from the documented daily 429.

# --- Zoom users ------------------------------------------------------------------------------------
# Which of the documented seat codes comes from which call.
SEATS_ON_CREATE = (400, 2034)
SEATS_ON_UPDATE = (400, 3412)
SEATS_ON_ACTIVATE = (400, 3412)
# A person who held a licence needs a free licensed seat to come back, but comes back as Basic.
ACTIVATE_NEEDS_LICENSED_SEAT = True
# autoCreate outside a managed domain.
AUTO_CREATE_OUTSIDE_DOMAIN = (400, 1116, "Email is not in the limited domains.")
# What autoCreate's password must hold besides its 8 to 32 characters.
BAD_PASSWORD = (400, 300, "The password must have letters of both cases and a number.")
# The create call answers with an id for a person who is still pending; reads never show that id.
# An expired invitation is in no list.
# E-mail change: address outside the managed domains, and the fourth change within 24 hours.
EMAIL_OUTSIDE_DOMAIN = (400, 300, "Domain name doesn't match the managed domains of the account.")
EMAIL_CHANGED_TOO_OFTEN = (400, 300, "The email address was changed too often within 24 hours.")
EMAIL_IN_USE = (409, 1005, "Email has already been used.")
EMAIL_OF_PENDING = (400, 300, "The email address of a pending user can not be changed.")
# A person who was unlinked keeps an account of their own, so their address is known elsewhere.
UNLINKED_IS_KNOWN_ELSEWHERE = True
# "The transfer target's licence is too low" whatever is handed over, unless it is this type.
TRANSFER_TARGET_TYPE = 2
# Pending people removed by `delete` instead of `disassociate`.
DELETE_OF_PENDING = (400, 300, "Pending users can only be disassociated.")

# --- Zoom groups -----------------------------------------------------------------------------------
# Somebody who already is a member is not named among the `ids` taken.
ALREADY_MEMBER_IS_NAMED = False

# --- Zoom meetings ---------------------------------------------------------------------------------
# "must be licensed members of the same account, otherwise the write fails as a whole": no code told.
ALTERNATIVE_HOST = (400, 300, "Alternative hosts must be licensed members of the same account.")
# Meetings of a person who is still pending.
MEETINGS_OF_PENDING = (400, 1000, "You can not access meetings of users that are still pending.")
# A tracking field label the account does not define; values outside the recommended ones are taken.
UNKNOWN_TRACKING_FIELD = (400, 300, "Tracking field does not exist.")
MISSING_TRACKING_FIELD = (400, 300, "A required tracking field is missing.")
# Space around a topic or an agenda is not kept, and line ends come back as CR LF.
# The option by which people sign in shows only while a meeting asks them to; where none is named, the
# account's default one counts. An id the account does not have is refused.
UNKNOWN_AUTHENTICATION_OPTION = (400, 300, "Invalid field: authentication_option.")
# tracking_fields in an update replaces the whole list.
# A rule that would give more occurrences than this by its end date is refused, not cut.
MOST_OCCURRENCES = 60
# `recurrence` must carry its type, its days and its end, in create and update alike.
# A change of start, length or zone of a whole series without `recurrence`.
SERIES_WITHOUT_RECURRENCE = (400, 300, "Recurrence is required to change a recurring meeting.")
# Lists: a series appears once under `scheduled`, once per occurrence under `upcoming*`.
# Removed occurrences stay in a meeting's `occurrences` with the status `deleted`.
# Removing an occurrence that is removed already.
BAD_OCCURRENCE = (400, 300, "Occurrence does not exist.")
# Without an answer to `schedule_for_reminder`, removal notifies the host and alternative hosts.
REMINDS_UNLESS_TOLD = True
# Calls that the vendor refuses do not count against the host's 100 a day; DELETE never counts.
# A scheduled meeting leaves the lists this long after its last occurrence.
EXPIRES_AFTER_DAYS = 30

# --- Zoom tracking fields and account settings -------------------------------------------------------
# A second tracking field of the same label: no error is listed for the creation, so it is made.
# What belongs to another `option` than the one in the query is refused, like every unknown key.
# A person's setting that a group of theirs has locked.
LOCKED_SETTING = (400, 300, "The setting is locked by a group of the user.")
# Of settings, an object below the second level is replaced by what an update sends.
# `action: add` without name or type, or any that leaves a type with domains without domains.
INCOMPLETE_OPTION = (400, 300, "The authentication option needs a name, a type and the domains of its type.")
NO_OPTION = (400, 300, "The authentication option does not exist.")
# Of several options at most one is the default: making one so takes it from the other.

# --- LTI Pro ---------------------------------------------------------------------------------------
# HTTP status of a failed signature (also: unknown key, missing or stale timestamp), and of the rest.
LTI_SIGNATURE_STATUS = 401
LTI_FAILURE_STATUS = 200
# Codes other than the signature's; only 401 with (2203) is published.
LTI_MALFORMED = "400"
LTI_FORBIDDEN = "403"
LTI_NOT_FOUND = "404"
# What the REST API would refuse of a meeting keeps its REST code, as text.
# One bad row refuses the whole batch, and nothing of it is stored.
# Importing an association again is a success that stores nothing twice (a new courseId is kept);
# taking off an association that is not there is a success, too.
# The body of a successful batch; nothing is told about its content.
LTI_BATCH_RESULT: dict[str, str] = {}
# How the template for imports spells its first line; the article only names the columns.
LTI_IMPORT_COLUMNS = ("Meeting ID", "Context ID", "Domain", "custom_canvas_course_id")
# A page adds alternative hosts only once somebody said so: what it does by default is not published.
# An association ends with its meeting. The list shows each meeting once, by this credential's links.

# --- Launches of LTI Pro ----------------------------------------------------------------------------
# What LTI Pro answers to a launch or login it does not take: the status is not published.
LTI_LAUNCH_REFUSED = 401
# How far a launch's clock may be off, and how old an id_token may be when it arrives.
LTI_LAUNCH_WINDOW = timedelta(minutes=5)
# How long after a login began its answer is taken, and how far a platform's clock may run ahead.
LTI_STATE_LIFETIME = timedelta(minutes=10)
LTI_CLOCK_SKEW = timedelta(seconds=60)
# Which parameter tells the domain that must be approved: the origin of launch_presentation_return_url is
# compared with the approved domains. A launch without one has no domain to refuse.
LTI_RETURN_URL = "launch_presentation_return_url"
# Whoever signs must send every parameter that the LTI 1.1 guide lists for OAuth, oauth_callback among them;
# no parameter may come twice.
# The roles that make an instructor unasked are not published, so only those on the page do.
# Whether the role is compared as a whole text, case included: it is.
# Somebody without an account gets none where no seat is left, or where their address has an account
# elsewhere: that is when the page's message about wrong accounts shows.
# Groups, time zone and upgrade of the person who launches are not played.
# LTI 1.3: a target must lie at the tool's own address; accounts are made by launches of 1.1 only, as the page
# belongs to a credential. No cookie ties a login to a browser.

# --- Moodle ----------------------------------------------------------------------------------------
# Answers were seen on a site of version 5.1; what follows was not tried there.
# What a token whose user may not update accounts sees of them.
MOODLE_VEILED = frozenset({"username", "idnumber", "auth", "suspended", "lang", "timezone", "theme"})
# A reader who is no site administrator sees the web setting for maintenance as a refusal, whatever the call.
# Only a token that is expired when it is used is deleted; which calls count as a use is not told: all do.
# Whether activities of a tool that is pending or rejected still launch: they do.
# A second account of the same SIS id (`idnumber`) is made; the web service checks no such thing.
# `core_cohort_search_cohorts` in another context than the system's is refused here.
# Without moodlewsrestformat=json a site answers XML; here such a call is refused.

# What is answered to a question for the people of a course that is not there. Of the front page, which is a
# course to Moodle, none is told here.
MOODLE_NO_COURSE = ("invalidrecord", "Can't find data record in database table course.")

# --- Canvas ----------------------------------------------------------------------------------------
# What a request costs; Canvas counts processor and database seconds.
CANVAS_COST = 0.5
# Canvas lets unknown parameters fall; a driver that sends some would never learn of it, so they are refused.
# What is documented and not played, such as the filters of lists, is refused alike, never without effect.
CANVAS_UNKNOWN = "is no documented parameter, or one that the sandbox does not play"
# The sizes a placement gets that tells none, and where: everywhere but in the navigations.
CANVAS_SIZES = {"selection_width": 800, "selection_height": 400}
# A registration made by API has no deployment; a person may be the only one with an e-mail address.
# A registration's update replaces `configuration` whole. One made by dynamic registration keeps its own.
# Taking a registration away takes its deployments along.
# A person whose logins are all suspended is still listed, and keeps their e-mail address.
# A redirect_uri must be a registered one to the letter; Canvas lets a query be added to it.
# Canvas checks of an authentication request that all parameters are there, and the scope; here response_type,
# response_mode and prompt must be right as well. An unknown client_id is answered as a wrong redirect_uri is.
# Canvas redirects from authorize_redirect to the same path of the campus's own host; here that is one step.
# A sessionless launch finds a tool by id only, and its person is an administrator of the account.

# --- Kaltura ---------------------------------------------------------------------------------------
# A request without a session; the texts allow MISSING_KS as well as SERVICE_FORBIDDEN.
# Which code groupUser.list has where no user or group is named: the one that categoryUser.list has.
KALTURA_UNFILTERED_MEMBERS = "MUST_FILTER_USERS_OR_CATEGORY"
# Whether an update of a category may give it another parent: it may not, there is an action for that.
KALTURA_UPDATE_MOVES_NOT = True
# Whether what lies on the drop folder is kept when it is sent while the integration is switched off.
KALTURA_FOLDER_KEEPS_WHILE_DISABLED = False
# A flag may come as true, 1 or "1"; which one has which spelling is not told, so each is used somewhere.
KALTURA_FLAG: tuple[object, object] = (False, True)
KALTURA_SPELLINGS: dict[str, tuple[object, object]] = {
    "createUserIfNotExist": (False, True),
    "deletionPolicy": ("0", "1"),
    "enableZoomTranscription": (0, 1),
    "enableMeetingUpload": ("false", "true"),
    "enableMeetingChat": (0, 1),
    "enableWebinarUploads": ("0", "1"),
}
# Deleted people cannot be got by their id any more.
# A category that is deleted takes those below it along.
# updateStatus has no permission in the published files: it is forbidden.

# --- Skillable and the other mapped APIs ---------------------------------------------------------------
# A query parameter that an operation does not list is refused, though many such APIs let it pass.
REST_UNKNOWN_PARAMETER = (400, 400, "Unknown query parameter.")
# Skillable: ids in paths, as its OpenAPI document has them; external ids and user names are unique; an update
# keeps what it does not name. LTI has no API there, and none is simulated.
# The community tool and the TMS with LTI endpoints are no vendor's: no such API was ever published.
# D2L: an update replaces the whole body, secret included. ObjectListPage: Objects, and Next as an address.
# A provider that is told nothing of it signs by HMAC-SHA1 and inherits its version of LTI.
# Blackboard: lists answer {results, paging: {nextPage}} with a path; a taken handle is 409.
