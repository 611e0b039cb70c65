"""Roster files as systems export them, written by hand, and a desired folder that lives in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from reconciler.errors import Problem, Where
from reconciler.sources.base import Rows, Source
from reconciler.sources.canvas_sis import CanvasSisSource
from reconciler.sources.oneroster import OneRosterSource

HERE = Where("people.yaml", 3, 7)


class Memory:
    """Files by their path; a text is kept as UTF-8."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self.files = {
            path: data if isinstance(data, bytes) else data.encode() for path, data in files.items()
        }
        self.opened: set[str] = set()

    def read(self, path: str, named_at: Where) -> bytes | Problem:
        """A file's bytes, else that there is none."""
        self.opened.add(path)
        return self.files.get(path, Problem(named_at, f"there is no file {path}", "check the path"))

    def list(self, path: str) -> list[str]:
        """The paths below a folder."""
        return sorted(name for name in self.files if name.startswith(f"{path}/"))


def pack(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return made.getvalue()


def below(folder: str, files: Mapping[str, str | bytes]) -> dict[str, str | bytes]:
    """The same files in a folder."""
    return {f"{folder}/{path}": data for path, data in files.items()}


def manifest(version: str = "1.1", **modes: str) -> str:
    """A manifest; every file of ONEROSTER is bulk unless said otherwise."""
    said = {"users": "bulk", "classes": "bulk", "enrollments": "bulk", "academicSessions": "bulk"} | modes
    lines = [f"file.{name},{mode}" for name, mode in said.items() if mode]
    return "\n".join(
        ["propertyName,value", "manifest.version,1.0", f"oneroster.version,{version}", *lines, ""]
    )


ONEROSTER: Mapping[str, str | bytes] = {
    "manifest.csv": manifest(),
    "users.csv": (
        "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,"
        "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
        'u1,,,true,"o1,o2",teacher,ada,,Ada,Ames,,900,ada@x.edu,555-1,,,,hunter2\n'
        "u2,active,,true,o1,student,bo,,Bo,Byrd,,901,bo@x.edu,555-2,,g1,09,swordfish\n"
        "u3,,,false,o1,Student,cy,,Cy,O'Dell,,902,cy@x.edu,,,,,\n"
        "u4,tobedeleted,,true,o1,student,di,,Di,Dunn,,903,di@x.edu,,,,,\n"
        "g1,,,true,o1,parent,pa,,Pat,Byrd,,,,555-9,,u2,,\n"
    ),
    "classes.csv": (
        "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,"
        "schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods\n"
        "c1,,,Biology,,k1,BIO-1,scheduled,,o1,t1,,,\n"
        "c2,,,biology,,k1,BIO-2,scheduled,,o1,t1,,,\n"
        "c3,,,Empty,,k2,EMP-1,scheduled,,o1,t1,,,\n"
        "c4,inactive,,Closed,,k3,CLO-1,scheduled,,o1,t1,,,\n"
        "c5,,,Art,,k4,ART-1,scheduled,,o1,t1,,,\n"
    ),
    "enrollments.csv": (
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\n"
        "e1,,,c1,o1,u1,teacher,true,,\ne2,,,c1,o1,u2,student,,,\ne3,,,c2,o1,u1,teacher,,,\n"
        "e4,,,c4,o1,u2,student,,,\ne5,,,c5,o1,u4,student,,,\ne6,,,c5,o1,u2,student,,,\n"
        "e7,tobedeleted,,c5,o1,u1,teacher,,,\ne8,,,c5,o1,u2,student,,,\n"
    ),
    "academicSessions.csv": (
        "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n"
        "y1,,,Year,schoolYear,2026-08-01,2027-06-30,,2027\n"
        "t1,,,Fall,term,2026-08-24,2026-12-18,y1,2027\n"
        "t2,,,Spring,semester,2027-01-11,2027-05-14,y1,2027\n"
        "t3,inactive,,Old,term,2025-01-11,2025-05-14,y1,2025\n"
    ),
    "demographics.csv": "sourcedId,birthDate,sex\nu1,1980-01-01,female\n",
}

USERS_1_2 = (
    "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email\n"
    "u1,,,true,ada,,Ada,Ames,,900,ada@x.edu\nu2,,,true,bo,,Bo,Byrd,,901,bo@x.edu\ng1,,,true,pa,,Pat,Byrd,,,\n"
)
ROLES_1_2 = (
    "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId\n"
    "r1,,,u1,primary,teacher,,,o1,\nr2,,,u1,secondary,parent,,,o1,\nr3,,,u2,primary,student,,,o1,\n"
    "r4,,,g1,primary,parent,,,o1,\nr5,tobedeleted,,g1,secondary,teacher,,,o1,\n"
)

CANVAS: Mapping[str, str | bytes] = {
    "people.csv": (
        "User_ID,integration_id,login_id,password,ssha_password,first_name,last_name,email,status,declared_user_type\n"
        "u1,i1,ada,hunter2,{SSHA}x,Ada,Ames,ada@x.edu,active,\n"
        "u2,i2,bo,,,Bo,Byrd,bo@x.edu,active,\n"
        "u3,,cy,,,Cy,Cole,cy@x.edu,suspended,\n"
        "u4,i4,di,,,Di,Dunn,di@x.edu,deleted,\n"
        "u5,,pat,,,Pat,Byrd,,active,\n"
    ),
    "courses.csv": (
        "course_id,short_name,long_name,account_id,term_id,status\n"
        "k1,BIO101,Biology,,t1,active\nk2,ART1,Art,,t1,published\nk3,OLD,Old,,t1,completed\n"
    ),
    "sections.csv": (
        "section_id,course_id,name,status\n"
        "s1,k1,Biology 01,active\ns2,k1,Biology 02,deleted\ns3,k3,Old 01,active\ns4,k1,Empty,active\n"
    ),
    "enroll/first.csv": (
        "course_id,user_id,user_integration_id,role,section_id,status\n"
        "k1,u1,,teacher,s1,active\nk1,,i2,student,s1,active\nk1,u3,,student,s1,completed\n"
        "k1,u2,,student,s2,active\nk3,u2,,student,s3,active\n"
    ),
    "enroll/second.csv": (
        "course_id,user_id,role,section_id,status\nk2,u1,teacher,,active\nk2,u4,student,,active\nk2,u5,observer,,active\n"
    ),
    "terms.csv": (
        "term_id,name,status,start_date,end_date\n"
        "t1,Fall,active,2026-08-24T04:00:00Z,2026-12-18 00:00:00\nt2,Spring,active,2027-1-11,<delete>\n"
        "default,Default Term,active,,\nt0,Old,deleted,2020-01-01,2020-05-01\n"
    ),
    "accounts.csv": "account_id,parent_account_id,name,status\na1,,Arts,active\n",
    "logins.csv": "user_id,login_id,password,existing_user_id\nu9,zed,secret,u1\n",
    "links.csv": "observer_id,student_id,status\nu5,u2,active\n",
}


def read_oneroster(files: Mapping[str, str | bytes], kind: str = "user", **changes: Any) -> Rows:
    """What a set yields that lies in the folder `sis`."""
    return OneRosterSource(target="zoom-main", kind=kind, file="sis", where=HERE, **changes).read(
        Memory(below("sis", files))
    )


def read_canvas(files: Mapping[str, str | bytes], kind: str = "user", **changes: Any) -> Rows:
    """What files yield that lie in the folder `sis`."""
    return CanvasSisSource(target="zoom-main", kind=kind, file="sis", where=HERE, **changes).read(
        Memory(below("sis", files))
    )


def read_from(source: Source, files: Mapping[str, str | bytes]) -> Rows:
    """What a source yields from these files."""
    return source.read(Memory(files))


def tell(rows: Rows) -> list[str]:
    """The first line of every problem."""
    return [str(problem).partition("\n")[0] for problem in rows.problems]
