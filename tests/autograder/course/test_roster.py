"""A roster is a list of one's own, or what an LMS downloads; each says who a student is in its own way."""

from __future__ import annotations

import pytest

from autograder.course.course import CourseError
from autograder.course.roster import Student, read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "id,first_name,last_name,email,lms_user_id\nann,Ann,Lee,a@x.example,7\n",
            Student("ann", "Ann Lee", "Ann", "Lee", "a@x.example", "7"),
        ),
        (
            'Name;E-Mail-Adresse\n"Groß, Zoë";z@x.example\n',
            Student("z@x.example", "Zoë Groß", "Zoë", "Groß", "z@x.example"),
        ),
        (
            'Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"Doe, J",1,S1,jdoe,A\n',
            Student("jdoe", "J Doe", "J", "Doe", "", "1", "jdoe"),
        ),
        (
            "LastName,FirstName,ID,SIS User ID,Section\nDoe,Jane,1,S1,A\n",
            Student("S1", "Jane Doe", "Jane", "Doe", "", "1"),
        ),
        (
            "Identifier,Full name,ID number,Email address,Group\nParticipant 12,Jane Doe,m7,j@x.org,Owls\n",
            Student("m7", "Jane Doe", "Jane", "Doe", "j@x.org", "12", "", "Owls"),
        ),
        (
            "ID;Vollständiger Name;Bewertung\nTeilnehmer/in12;Jane Doe;\n",
            Student("Teilnehmerin 12", "Jane Doe", "Jane", "Doe", "", "12"),
        ),
        ("Identifier,Status\nParticipant 12,-\n", Student("Participant 12", lms_id="12")),
        (
            "OrgDefinedId,Username,Last Name,First Name,End-of-Line Indicator\n#1,#jd,Doe,Jane, #\n",
            Student("jd", "Jane Doe", "Jane", "Doe", "", "1", "jd"),
        ),
        (
            "Last Name\tFirst Name\tUsername\tStudent ID\nDoe\tJane\tjd\ts1\n",
            Student("jd", "Jane Doe", "Jane", "Doe", "", "s1", "jd"),
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_line_of_a_roster(text: str, expected: Student, encoding: str) -> None:
    assert read(text.replace("\n", "\r\n").encode(encoding)) == [expected]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"id\n", "nobody is in the roster"),
        (b"colour\nred\n", "no column"),
        (b"id\nann\nann\n", "two students"),
        (b"PK\x03\x04", "as CSV"),
        (b'id\n"' + b"x" * 2_000_000 + b'"\n', "a cell of more than 1,000,000 letters"),
    ],
)
def test_a_roster_that_is_none_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(CourseError, match=words):
        read(data)


def test_an_id_that_no_folder_can_have_becomes_one_that_can() -> None:
    (student,) = read(b"id,name\n../../etc,X\n")
    assert "/" not in student.id
    assert not student.id.startswith(".")


CANVAS = "Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"
CANVAS_TWO_NAMES = "LastName,FirstName,ID,SIS Login ID,Section\n,,,,Manual Posting\nPoints Possible,,,,\n"
BRIGHTSPACE = "OrgDefinedId,Username,Last Name,First Name,End-of-Line Indicator\n"
BLACKBOARD = "Last Name,First Name,Username,Student ID\n"


@pytest.mark.parametrize(
    ("header", "user", "person"),
    [
        (CANVAS, f'"Student, Test",9,,{"0a" * 20},A', '"Student, Tess",9,,tess,A'),
        (CANVAS, '"Student, Test",9,,t9,A', '"Student, Test",9,S-9,test,A'),
        (CANVAS, f'"Schüler, Test",9,,{"0a" * 20},A', f'"Lee, Ann",9,S-9,{"0a" * 20},A'),
        (CANVAS, "Test Student,9,,t9,A", "Testa Student,9,,t9,A"),
        (CANVAS_TWO_NAMES, "Student,Test,9,t9,A", "Student,Tess,9,t9,A"),
        (BRIGHTSPACE, "#,#demo7,Student,Demo,#", "#,#demo7,Student,Demi,#"),
        (BRIGHTSPACE, "#9,#kim.d,Demo Student,Kim,#\n#9,#d,Demo Student 2,,#", "#9,#kim.d,Demo,Kim,#"),
        (BLACKBOARD, "Moss_PreviewUser,Mo,mo_previewuser,", "Moss,Mo,preview,"),
        (BLACKBOARD, "Moss_PreviewUser,Mo,mo_PreviewUser1,", "Moss,Mo,mo_preview,"),
    ],
)
def test_a_systems_own_test_student_is_nobody_and_a_namesake_is_somebody(
    header: str, user: str, person: str
) -> None:
    with pytest.raises(CourseError, match="nobody is in the roster"):
        read(f"{header}{user}\n".encode())
    assert len(read(f"{header}{person}\n{user}\n".encode())) == 1


def test_in_a_list_of_ones_own_everybody_is_somebody() -> None:
    assert len(read(b"id,name\nx_previewuser,Demo Student\nts,Test Student\n")) == 2
