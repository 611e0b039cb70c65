"""One desired folder with every mistake we know people to make: what they read, all of it in one run."""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.errors import ConfigError
from reconciler.stages.load import load
from reconciler.stages.resolve import resolve
from tests.unit.desired_samples import CAPABILITIES, COMPANIONS, DRIVERS, SETTINGS, write_folder

FILES: dict[str, str | bytes] = {
    "reconciler.yaml": """\
version: 1
targets:
  zoom-main:
    driver: zoom
    account_id: ${env:ZOOM_ACCOUNT_ID}
    client_id: a${env:ZOOM_CLIENT_ID}
    client_secret: hunter2-in-plain-text
    polcy: auto
    policy: safe
    prune: [group, meetings]
    schedule: {every: often, windows: ["weekdays"]}
  zoom-lti: {driver: zoom_lti_pro, zoom: zoom-mian, credential: lti-2026}
  zoom-east: {driver: zoom_lti_pro, zoom: zoom-west, credential: lti-2026}
  zoom-west: {driver: zoom_lti_pro, zoom: zoom-east, credential: lti-2026}
  canvas: {driver: canvass}
guards: {removals: {percent: 200}}
fingerprint_key: this-is-the-key
notifications: {mail: it@example.edu}
""",
    "waivers.yaml": """\
waivers:
  - {guard: removal, addresses: "zoom-main/group/club-*", until: 2026-12-01, why: retired}
  - {guard: binding, addresses: zoom-main/group/a, until: soon}
""",
    "environments/default/zoom-main/people.yaml": "users:\n  s1: {license: basic}\n",
    "homeless.yaml": "users:\n  s9: {email: s9@example.edu}\nuesrs:\n  s9: {}\n",
    "courses.yaml": "courses:\n  bio101: {context_id: 4f2a9c, domain: https://c.example.edu}\n  chem: {}\n",
    "zoom-main/people.yaml": """\
users:
  s1: {email: s1@example.edu, licence: basic}
  s2: {email: s2@example.edu, license: premium, first_name: ~, language: ~}
  s3: {email: S1@example.edu}
  S3: {email: s3@example.edu}
  s4: {emial: s4@example.edu, license: "${env:LICENSE}"}
  s5: {email: [s5@example.edu], location: {city: Boston}}
  s6: {email: not an address, active: yes}
  s7: {email: s7@example.edu, email: s77@example.edu}
  s8: {email: s8@example.edu, lifecycle: {protected: true, ignore: [departmnt], on_absent: remove}}
  s10: {email: s10@example.edu, lifecycle: {previously: [s11]}}
  s11: {email: s11@example.edu, lifecycle: {previously: [s10]}}
  s12: please
groups:
  faculty: {members: {exactly: [s1, s22]}}
  staff: {members: [s1, s1]}
  guests: {members: {only: [s1]}, titel: Guests}
""",
    "zoom-main/meetings.yaml": """\
course_meetings:
  bio101-lecture:
    topic: BIO 101 Lecture
    host: s1
    schedule: {days: [mon, wendesday], start: 10:00, minutes: fifty, from: 2026-09-01, until: tomorrow}
    alternative_hosts: [s1]
    course: bio102
  chem-lecture: &chem
    topic: Chemistry
    host: zoom-main/group/faculty
    schedule: {term: fall-2026}
    course: {name: chem, via: zoom-west}
  chem-lab:
    <<: *chem
    topic: Lab
  solo:
    topic: Solo
    host: s1
    schedule: {dates: ["2026-09-07T10:00"], minutes: 50, timezone: America/New_York}
    alternative_hosts: [s2, s1]
  twin:
    topic: Solo
    host: s1
    schedule: {dates: ["2026-09-07T10:00"], minutes: 50, timezone: America/New_York}
""",
    "zoom-main/bomb.yaml": "groups:\n  a: &a {members: [s1]}\n  b: &b [*a, *a, *a]\n  c: [*b, *b, *b]\n",
    "zoom-main/braces.yaml": "groups:\n  x: {title: ${env:TITLE}}\n",
    "zoom-main/deep.yaml": "groups:\n  deep: {title: " + "[" * 5000 + "]" * 5000 + "}\n",
    "zoom-main/documents.yaml": "groups:\n  one: {title: One}\n---\ngroups:\n  two: {title: Two}\n",
    "zoom-main/empty.yaml": "groups:\nusers: {}\ncourse_meetings:\n  m:\n    topic:\n",
    "zoom-main/flow.yaml": "groups:\n  flow: {title:, members: []}\n",
    "zoom-main/latin.yaml": "groups:\n  caf\xe9: {title: Caf\xe9}\n".encode("latin-1"),
    "zoom-main/roster.yaml": """\
users:
  from:
    - csv: roster.csv
      columns: {name: EmployeeID, email: Mail, first_name: First, licence: License}
""",
    "zoom-main/roster.csv": "EmployeeID,Email,First\n1,a@example.edu,Jos\xe9\n".encode("latin-1"),
    "zoom-main/tabs.yaml": "groups:\n  tabs:\n\t\ttitle: Tabs\n\tmore: {}\n",
    "zoom-main/tags.yaml": "groups:\n  tags: {title: !important Tags}\n",
    "zoom-lti/from.yaml": """\
users:
  from: [{csv: gone.csv, columns: {name: EmployeeID, email: Email}}]
course_links:
  a: {}
""",
    "zoom-west/lti.yaml": """\
lti_credentials:
  lti-2026: {minted_by: tool, version: "1.1", key: K, secret: s3cr3t-in-plain-text, successor: b}
approved_domains:
  canvas: {domain: https://canvas.example.edu/}
  other: {domain: canvas.example.edu, credential: lti-2025}
""",
}


def test_every_mistake_is_told_in_one_run(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    documents = load(write_folder(tmp_path, FILES), "default")
    with pytest.raises(ConfigError) as caught:
        resolve(documents, CAPABILITIES, SETTINGS, companions=COMPANIONS, drivers=DRIVERS)
    told = str(caught.value)
    assert told == snapshot
    for secret in ("hunter2", "s3cr3t", "this-is-the-key"):
        assert secret not in told
    for problem in caught.value.problems:
        assert problem.remedy, f"no remedy: {problem}"
