"""Files as learning management systems write them; `<ann>` is the cell of ann's grade."""

from __future__ import annotations

import re

MARK = "\ufeff"

CANVAS = '''\
Student,ID,SIS User ID,SIS Login ID,Section,"Notes, ""private""",Warm-up (4710),\
"Stride, padding, size (4711)",Assignments Current Score,Current Score,Final Score,Final Grade
,,,,,,,Manual Posting,,,,
    Points Possible,,,,,,10.00,7.00,(read only),(read only),(read only),(read only)
"Lee, Ann",101,S-101,ann,"Section 1, Monday",=1+1,9.00,<ann>,90.00,90.00,45.00,A
"O""Neil, Bob",102,S-102,bob,Section 1,,,<bob>,,,,
"Öz_Kaya, Cem",103,S-103,cem,Section 1,,8.50,<cem>,85.00,85.00,42.50,B
"Kim, Min",104,S-104,mkim,Section 1,,,<kim1>,,,,
"Kim, Min",105,S-105,minkim,Section 2,,,<kim2>,,,,
"Novak, Lat",106,S-106,lat,Section 2,,,<lat>,,,,
"Una, Una",107,S-107,una,Section 2,,,<una>,,,,
"Broke, Bro",108,S-108,bro,Section 2,,,<bro>,,,,
"Stranger, A",900,S-900,stranger,Section 2,,1.00,<stranger>,10.00,10.00,5.00,
"=Cmd, Eve",109,S-109,eve,Section 2,,,<eve>,,,,
"Student, Test",999,,0a1b2c,Section 1,,,<test>,,,,
'''

CANVAS_SEMICOLONS = """\
LastName;FirstName;ID;SIS Login ID;Section;06 Stride (4711);Final Points
    Points Possible;;;;;7,00;(read only)
Lee;Ann;101;ann;Section 1;<ann>;
O"Neil;Bob;102;bob;Section 1;<bob>;12,50
Stranger;A;900;stranger;Section 1;6,25;
"""

MOODLE = """\
Identifier,"Full name","ID number","Email address",Status,Group,Grade,"Maximum grade",\
"Marking workflow state","Grade can be changed","Last modified (submission)","Online text",\
"Last modified (grade)","Feedback comments"
"Participant 5501","Ann Lee",,ann@uni.example,"Submitted for grading - Graded",A,<ann>,7.00,Released,Yes,\
"Wednesday, 10 June 2026, 2:14 PM","He said ""so"",
and no more","Thursday, 11 June 2026, 9:00 AM","Good, ""really"" good
"
"Participant 5502","Bob O""Neil",bob,b@elsewhere.example,"Submitted for grading",A,<bob>,7.00,,Yes,\
"Wednesday, 10 June 2026, 2:14 PM",,-,
"Participant 5503","Cem Öz_Kaya",,CEM@uni.example,"No submission",,<cem>,7.00,,No,-,,-,
"Participant 5504","Min Kim",,min.kim@uni.example,"Submitted for grading",,<kim1>,7.00,,Yes,-,,-,
"Participant 5505","Min Kim",,kim.min@uni.example,"Submitted for grading",,<kim2>,7.00,,Yes,-,,-,
"Participant 5506","Lat Novak",lat,l@uni.example,"Submitted for grading",,<lat>,7.00,,Yes,-,,-,
"Participant 5900","A Stranger",,s@uni.example,"No submission",,<stranger>,7.00,,Yes,-,,-,
"""

MOODLE_GERMAN = """\
ID,"Vollständiger Name",ID-Nummer,E-Mail-Adresse,Status,Bewertung,Bestwertung,\
"Bewertung kann geändert werden","Zuletzt geändert (Abgabe)","Zuletzt geändert (Bewertung)",\
"Feedback als Kommentar"
Teilnehmer/in5501,"Ann Lee",ann,a@uni.example,"Zur Bewertung abgegeben -  - ",<ann>,"7,00",Ja,\
"Mittwoch, 10. Juni 2026, 14:14",-,
Teilnehmer/in5502,"Bob O""Neil",bob,b@uni.example,"Zur Bewertung abgegeben -  - ",<bob>,"7,00",Ja,\
"Mittwoch, 10. Juni 2026, 14:14",-,
Teilnehmer/in5503,"Cem Öz_Kaya",cem,c@uni.example,"Keine Abgabe",<cem>,"7,00",Nein,-,-,
Teilnehmer/in5900,"=A Stranger",900,s@uni.example,"Keine Abgabe",<stranger>,"7,00",Ja,-,-,
"""

MOODLE_FRENCH = """\
Identifiant,"Nom complet","Adresse de courriel",Statut,Note,"Note maximale","La note peut être modifiée",\
"Dernière modification (remise)","Dernière modification (note)","Feedback par commentaires"
"Participant 5501","Ann Lee",ann@uni.example,"Remis pour évaluation",<ann>,"7,00",Oui,-,-,
"Participant 5502","Bob O""Neil",b@uni.example,"Remis pour évaluation",<bob>,"7,00",Oui,-,-,
"Participant 5503","Cem Öz_Kaya",cem@uni.example,"Remis pour évaluation",<cem>,"7,00",Non,-,-,
"""

BRIGHTSPACE = """\
OrgDefinedId,Username,Last Name,First Name,Email,\
Warm-up Points Grade <Numeric MaxPoints:10 Weight:50 Category:Labs CategoryWeight:40>,\
"06 Stride, padding Points Grade <Numeric MaxPoints:7 Weight:50 Category:Labs CategoryWeight:40>",\
Calculated Final Grade Numerator, End-of-Line Indicator
#101,#ann,Lee,Ann,ann@uni.example,9.5,<ann>,,#
#102,#b.oneil,"O""Neil",Bob,bob@uni.example,,<bob>,,#
#103,#cem,Öz_Kaya,Cem,cem@uni.example,,<cem>,,#
#104,#mkim,Kim,Min,mkim@uni.example,,<kim1>,,#
#105,#minkim,Kim,Min,minkim@uni.example,,<kim2>,,#
#900,#=stranger,"Stranger, Jr.",A,s@uni.example,1,<stranger>,,#
"""

BLACKBOARD = """\
"Last Name","First Name","Username","Student ID","Last Access","Availability",\
"Weighted Total [Total Pts: 17 Percentage] |1281890","Warm-up [EXTRA] [Total Pts: 10 Score] |1281891",\
"Stride padding size [Total Pts: 7 Score] |1281892"
"Lee","Ann","ann","S-101","2026-06-10 14:14:00","Yes","52.9","9.00","<ann>"
"O""Neil","Bob","bob","S-102","","Yes","","","<bob>"
"Öz_Kaya","Cem","cem","S-103","","No","","","<cem>"
"Stranger, Jr.","=A","stranger","S-900","","Yes","","","<stranger>"
"""


def filled(text: str, **grades: str) -> str:
    """A file in which the marked cells say these grades; the others are empty.

    Values that need quotes within the file's own must bring them.
    """
    return re.sub(r"<(\w+)>", lambda found: grades.get(found[1], ""), text)
