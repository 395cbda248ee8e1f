"""The bucket: whole or not at all, once or not at all, under faults that S3 is known for."""

import base64
import hashlib

import cloudhouse
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bobbin_job.store import CHECKPOINT_TAG, Bucket
from bobbin_trainer.errors import TrainerError


def digest(data):
    return hashlib.sha256(data).hexdigest()


def test_a_key_is_written_once_and_equal_bytes_are_as_good(cloud):
    bucket = cloud.bucket()
    assert bucket.create("runs/a", b"one")
    assert bucket.create("runs/a", b"one")
    assert not bucket.create("runs/a", b"two")
    assert bucket.read("runs/a") == b"one"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=64), min_size=1, max_size=5))
def test_the_first_bytes_stay_whatever_comes_after(cloud, writes):
    cloud.empty()
    answers = [cloud.bucket().create("runs/a", data) for data in writes]
    assert cloud.bucket().read("runs/a") == writes[0]
    assert answers == [data == writes[0] for data in writes]


def test_what_is_there_without_a_checksum_is_compared_byte_for_byte(cloud):
    cloud.put("runs/a", b"one")
    assert cloud.bucket().create("runs/a", b"one")
    assert not cloud.bucket().create("runs/a", b"two")


@pytest.mark.parametrize("faults", [["lost"], [503], [409], [409, 409, "lost"], [503, "lost"]])
def test_faults_are_lived_through_and_the_bytes_stand(cloud, tmp_path, faults):
    file = tmp_path / "file"
    file.write_bytes(b"weights" * 1000)
    cloud.front.faults.extend(faults)
    assert cloud.faulty.create_file("runs/a", file, digest(file.read_bytes()))
    assert cloud.front.faults == []
    assert len(cloud.front.puts) > len(faults)
    assert cloud.bucket().read("runs/a") == file.read_bytes()


def test_a_conflict_that_stays_has_a_name(cloud, monkeypatch):
    monkeypatch.setattr("bobbin_job.store.time.sleep", lambda seconds: None)
    cloud.front.faults.extend([409] * 20)
    with pytest.raises(TrainerError) as caught:
        cloud.faulty.create("runs/a", b"x")
    assert caught.value.name == "StoreUnusable"


def test_the_digest_goes_with_the_bytes_so_that_s3_refuses_others(cloud, tmp_path):
    # moto takes them all the same; S3 answers BadDigest.
    file = tmp_path / "file"
    file.write_bytes(b"changed")
    cloud.faulty.create_file("runs/a", file, digest(b"right"))
    assert [base64.b64decode(said).hex() for said in cloud.front.puts] == [digest(b"right")]


def test_other_bytes_than_the_digest_says_never_reach_their_place(cloud, tmp_path):
    cloud.put("frames/a", b"changed")
    with pytest.raises(TrainerError) as caught:
        cloud.bucket().download("frames/a", tmp_path / "frame", digest(b"right"))
    assert caught.value.name == "ObjectCorrupt"
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_or_out_of_reach_has_a_name(cloud, tmp_path):
    with pytest.raises(TrainerError) as missing:
        cloud.bucket().download("frames/none", tmp_path / "x", digest(b""))
    assert (missing.value.name, missing.value.exit_code) == ("ObjectMissing", 79)
    with pytest.raises(TrainerError) as away:
        Bucket(cloudhouse.client("http://127.0.0.1:9"), "b").read("k")
    assert (away.value.name, away.value.exit_code) == ("StoreUnusable", 81)


def test_checkpoints_carry_the_tag_by_which_they_expire(cloud):
    cloud.bucket().create("runs/a", b"x", CHECKPOINT_TAG)
    tags = cloud.s3.get_object_tagging(Bucket=cloudhouse.DATA, Key="runs/a")["TagSet"]
    assert tags == [{"Key": "bobbin-expires", "Value": "checkpoint"}]


def test_a_leftover_is_replaced(cloud, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"new")
    cloud.put("runs/a", b"left by a start that was cut off")
    cloud.bucket().replace_file("runs/a", file, digest(b"new"))
    assert cloud.bucket().read("runs/a") == b"new"
