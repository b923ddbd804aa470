"""Sending batches: checked before, sent once, and taken up where they broke off."""

from __future__ import annotations

import csv
import json

import pytest
from tereina_support import NOW

from sources.kit.transport import DataError, Refused, Unavailable, UnknownOutcome
from sources.tereina.inbound import Announcement, announce, send_complete
from sources.tereina.models import Invoice
from sources.tereina.outgoing import InvalidObjects, write_payload
from sources.tereina.payloads import payload_format
from sources.tereina.settings import TereinaSettings
from sources.tereina.upload import Uploader, UploadState

INVOICES = [{"referenceId": f"UP-{n}", "grossAmount": "100.10", "number": "x" * 40} for n in range(9)]


class Killed(BaseException):
    """The process ends here."""


class Patient:
    """A clock that does not wait."""

    def __init__(self):
        self.slept = []

    def now(self):
        return NOW

    def monotonic(self):
        return 0.0

    def sleep(self, seconds):
        self.slept.append(seconds)


def pages(*objects):
    return [[json.dumps(item).encode() for item in objects]]


@pytest.fixture
def payload(tmp_path):
    """Writes objects as a payload."""

    def write(*objects, content_type="json", object_type="INVOICE"):
        return write_payload(object_type, pages(*objects), content_type, tmp_path / "payload")

    return write


@pytest.fixture
def sending(empty, payload):
    """A way to send invoices: ``sending(in_blocks)`` is one run of the command; ``broken`` breaks it."""

    class Sending:
        loader = empty
        uploads = empty.tereina.inbox.uploads
        announced = announce(payload(*INVOICES), TereinaSettings(), None, None)

        def context(self):
            return empty.context(empty.pipeline(), clock=Patient())

        def __call__(self, in_blocks, context=None, announced=None):
            uploader = Uploader(context or self.context())
            return uploader.send(announced or self.announced, in_blocks=in_blocks)

        def ledger(self):
            sql = "select state, blocks_sent, batch_id is not null from tereina._uploads"
            return empty.query(sql)

        def sent(self):
            return [entry.path for entry in empty.requests() if entry.method in ("POST", "PUT")]

    empty.tereina.inbox._block_bytes = 200
    return Sending()


@pytest.mark.parametrize("in_blocks", [False, True])
def test_a_batch_arrives_whole_and_the_answer_is_kept(sending, in_blocks):
    upload = sending(in_blocks)
    (received,) = sending.uploads.values()
    assert (received.status, received.object_type, received.count) == ("COMPLETE_SUCCESS", "INVOICE", 9)
    assert received.references == [item["referenceId"] for item in INVOICES]
    assert received.batch_id == upload.batch_id
    assert upload.reference_id == received.reference_id == f"invoice-{upload.sha256[:24]}"
    assert "COMPLETE_SUCCESS" in (upload.answer or "")
    assert sending.ledger() == [("sent", upload.blocks or 0, True)]
    if in_blocks:
        assert upload.blocks == received.block_count > 3


@pytest.mark.parametrize("in_blocks", [False, True])
def test_the_same_batch_is_sent_once(sending, in_blocks):
    first = sending(in_blocks)
    sending.sent()
    again = sending(in_blocks)
    assert sending.sent() == []
    assert (again.batch_id, again.state) == (first.batch_id, UploadState.SENT)


def test_a_reference_is_used_for_one_payload_only(sending, payload):
    sending(False)
    other = payload({"referenceId": "OTHER"})
    used = Announcement(other, sending.announced.reference_id, "c")
    with pytest.raises(DataError, match="was used for another payload"):
        sending(False, announced=used)
    assert len(sending.uploads) == 1


@pytest.mark.parametrize(
    ("number", "moment"),
    [(1, "before it is sent"), (3, "after it has arrived"), ("last", "after it has arrived")],
)
def test_an_upload_in_blocks_goes_on_where_it_was_killed(sending, monkeypatch, number, moment):
    context = sending.context()
    create, seen = context.client.create, []

    def killed(method, path, **rest):
        if method == "PUT":
            seen.append(path)
            last = -(-sending.announced.payload.size // 200)
            if path.endswith(f"/{last if number == 'last' else number}"):
                if moment == "after it has arrived":
                    create(method, path, **rest)
                raise Killed
        return create(method, path, **rest)

    monkeypatch.setattr(context.client, "create", killed)
    with pytest.raises(Killed):
        sending(True, context)
    sending.sent()
    upload = sending(True)
    (received,) = sending.uploads.values()
    assert (received.status, len(received.references)) == ("COMPLETE_SUCCESS", 9)
    assert len(sending.sent()) == upload.blocks - len(seen) + 1


def test_a_block_whose_answer_is_lost_is_sent_again(sending):
    context = sending.context()
    sending.loader.sandbox.faults.add("tereina", "data-blocks/2", "503", times=2)
    assert sending(True, context).state is UploadState.SENT
    assert context.clock.slept == [1.0, 5.0]
    paths = sending.sent()
    assert sum(path.endswith("data-blocks/2") for path in paths) == 3
    assert sum(path.endswith("/batches") for path in paths) == 1


def test_a_block_that_is_lost_every_time_leaves_the_rest_for_the_next_run(sending):
    sending.loader.sandbox.faults.add("tereina", "data-blocks/3", "503", times=-1)
    with pytest.raises(UnknownOutcome):
        sending(True)
    assert sending.ledger() == [("accepted", 2, True)]
    sending.loader.sandbox.faults.clear()
    assert sending(True).state is UploadState.SENT


def test_a_whole_batch_whose_answer_is_lost_is_not_sent_again(sending):
    sending.loader.sandbox.faults.add("tereina", "complete", "503", times=1)
    with pytest.raises(UnknownOutcome):
        sending(False)
    assert sending.ledger() == [("unknown", 0, False)]
    sending.sent()
    with pytest.raises(UnknownOutcome, match="may have arrived"):
        sending(False)
    assert sending.sent() == []


def test_a_whole_batch_in_the_middle_of_which_the_process_ended_is_not_sent_again(sending, monkeypatch):
    context = sending.context()
    create = context.client.create

    def killed(*arguments, **rest):
        create(*arguments, **rest)
        raise Killed

    monkeypatch.setattr(context.client, "create", killed)
    with pytest.raises(Killed):
        sending(False, context)
    with pytest.raises(UnknownOutcome, match="may have arrived"):
        sending(False)
    assert len(sending.uploads) == 1


def test_where_somebody_has_looked_it_is_sent_again_or_noted_as_arrived(sending):
    uploader = Uploader(sending.context())
    with pytest.raises(DataError, match="it is known whether it arrived"):
        uploader.note_arrived(sending.announced)
    for _ in range(2):
        sending.loader.sandbox.faults.add("tereina", "complete", "503", times=1)
        with pytest.raises(
            UnknownOutcome, match=r"invoice-.* is not sent again by itself; look for the reference"
        ):
            uploader.send(sending.announced, in_blocks=False, again=True)
        assert sending.ledger() == [("unknown", 0, False)]
    assert uploader.send(sending.announced, in_blocks=False, again=True).state is UploadState.SENT
    assert len(sending.uploads) == 1
    sending.loader.change("update tereina._uploads set state = 'unknown'")
    sending.sent()
    assert uploader.note_arrived(sending.announced).state is UploadState.SENT
    assert sending(False).state is UploadState.SENT
    assert sending.sent() == []


def test_what_was_certainly_not_done_can_be_sent_again(sending, monkeypatch):
    context = sending.context()

    def refused(*arguments, **rest):
        raise Unavailable("no connection")

    monkeypatch.setattr(context.client, "create", refused)
    for in_blocks in (False, True):
        with pytest.raises(Unavailable):
            sending(in_blocks, context)
        assert sending.ledger() == [("failed", 0, False)]
    assert sending(False).state is UploadState.SENT


def test_a_batch_that_the_server_refuses_is_said_with_its_reason(sending):
    sending.loader.tereina.inbox._format = "csv"
    with pytest.raises(Refused, match="referenceId is missing"):
        sending(False)
    assert sending.ledger()[0][0] == "failed"


def test_transfer_parameters_that_do_not_fit_the_payload_are_refused(sending):
    inbox = sending.loader.tereina.inbox
    create = inbox.create
    inbox.create = lambda body: {**create(body), "numberOfDataBlocks": 2}
    with pytest.raises(DataError, match="are not 2 blocks of 200 bytes"):
        sending(True)
    assert not any("data-blocks" in path for path in sending.sent())


def test_an_answer_that_says_failed_is_a_failure(sending):
    inbox = sending.loader.tereina.inbox
    complete = inbox.complete
    inbox.complete = lambda parameters, body: {**complete(parameters, body), "status": "FAILED"}
    with pytest.raises(DataError, match="could not process it"):
        sending(False)
    assert sending.ledger()[0][0] == "failed"


def test_a_body_is_sent_with_its_length_and_its_media_type(sending):
    context = sending.context()
    send_complete(context.client, context.settings, sending.announced)
    (entry,) = [entry for entry in sending.loader.requests() if entry.method == "POST"]
    assert entry.headers["content-length"] == str(sending.announced.payload.size)
    assert entry.headers["content-type"] == "application/json"
    assert "transfer-encoding" not in entry.headers


@pytest.mark.parametrize("content_type", ["json", "ndjson", "csv", "xml"])
def test_numbers_keep_their_digits_in_every_content_type(payload, content_type):
    written = write(
        payload, content_type, b'{"referenceId": "A", "grossAmount": 12345678901234567.890, "version": 3}'
    )
    text = written.path.read_bytes().decode()
    assert "12345678901234567.890" in text
    assert (written.objects, written.size) == (1, len(text))


def write(payload, content_type, *records):
    path = payload(*INVOICES[:1]).path
    return write_payload("INVOICE", [list(records)], content_type, path)


def test_a_csv_has_one_column_for_each_field_and_empty_cells_for_what_is_missing(tmp_path):
    records = [
        {
            "referenceId": "P-1",
            "amount": "1.50",
            "creditor": {"name": 'Nome "inventado"', "referenceId": None},
        },
        {"referenceId": "P-2", "debtorAccount": {"iban": "X"}, "remittances": []},
    ]
    written = write_payload("PAYMENT_REQUEST", pages(*records), "csv", tmp_path / "p")
    rows = list(csv.DictReader(written.path.read_text().splitlines()))
    assert rows == [
        {
            "referenceId": "P-1",
            "amount": "1.50",
            "creditor.name": 'Nome "inventado"',
            "debtorAccount.iban": "",
        },
        {"referenceId": "P-2", "amount": "", "creditor.name": "", "debtorAccount.iban": "X"},
    ]


def test_xml_says_the_same_as_json(payload, tmp_path):
    record = {
        "referenceId": "A&B <1>",
        "grossAmount": "12345678901234567.890",
        "paymentBlock": None,
        "lines": [{"lineNumber": "1", "description": 'Peça\n"☕" 😀'}, {"lineNumber": "2"}],
    }
    written = payload(record, content_type="xml")
    reader = payload_format(written.media_type, "INVOICE", Invoice)
    ((found,),) = reader.pages(written.path)
    del record["paymentBlock"]
    assert json.loads(found) == record
    assert reader.count(written.path).objects == written.objects == 1


@pytest.mark.parametrize("text", ["\x00", "\x0b", "\ufffe"])
def test_a_character_that_xml_has_no_place_for_is_refused(payload, text):
    with pytest.raises(InvalidObjects, match="number holds a character"):
        payload({"referenceId": "A", "number": f"1{text}"}, content_type="xml")


def test_a_batch_in_xml_arrives(sending, payload):
    sending.loader.tereina.inbox._format = "xml"
    announced = announce(payload(*INVOICES, content_type="xml"), TereinaSettings(), None, None)
    assert sending(False, announced=announced).state is UploadState.SENT
    (received,) = sending.uploads.values()
    assert received.references == [item["referenceId"] for item in INVOICES]


def test_a_list_has_no_place_in_a_csv(payload):
    with pytest.raises(InvalidObjects, match="lines is a list"):
        payload({"referenceId": "A", "lines": [{"lineNumber": "1"}]}, content_type="csv")


@pytest.mark.parametrize(
    ("objects", "reason"),
    [
        ([{"referenceId": "A"}, {"number": "1"}], r"1 of 2 objects .* object 2, \$.referenceId"),
        ([{"referenceId": "A", "grossAmount": "1,5"}], r"object 1, \$.grossAmount"),
        ([{"referenceId": "A", "lines": [{"netAmount": "x"}]}], r"object 1, \$.lines\[\].netAmount"),
        ([{"referenceId": "A", "issueDate": "31.12.2026"}], r"object 1, \$.issueDate"),
        ([{"referenceId": "A"}, {"referenceId": "A"}], "object 2: its key came before"),
        ([{"referenceId": "A", "grosAmount": "1"}], r"INVOICE has no such fields: \$.grosAmount"),
        ([], "there is no object to send"),
    ],
)
def test_what_does_not_fit_the_model_is_named_and_nothing_is_written(payload, objects, reason):
    with pytest.raises(InvalidObjects, match=reason):
        payload(*objects)
