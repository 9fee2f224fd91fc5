"""Writes a bundle: files into one zip, and at the end the signed list of them all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_VERIFIER = files("exchange.bundle").joinpath("verify.py").read_bytes()
README = """Gói hồ sơ {code}

  bao-cao.pdf        bản đọc (PDF/A-2)
  history.jsonl      toàn bộ bản ghi của đề án, kèm bằng chứng nằm trong nhật ký
  registers.jsonl    các bản ghi công bố định nghĩa và lịch đang áp dụng, kèm bằng chứng
  documents/         tài liệu, mỗi tệp mang tên là mã SHA-256 của nó
  notices/           thông báo đúng như đã gửi; notices.jsonl là danh mục
  definitions/       quy trình, chương trình, mẫu thông báo, lịch làm việc
  checkpoint.txt     mốc nhật ký có chữ ký; keys.txt là khóa công khai của nhật ký
  manifest.txt       danh mục có chữ ký của mọi tệp trong gói
  verify.py          tự kiểm chứng, chỉ cần Python 3 (không cần phần mềm nào khác, không cần mạng)

Kiểm chứng:   python3 -I verify.py      hoặc      python3 -I verify.py {file}
Phải nêu khóa mà cơ quan kiểm toán đã giữ:   python3 -I verify.py --key "..."
Không nêu khóa hoặc điểm kiểm tra đã giữ thì chỉ biết các phần khớp nhau (SIGNER NOT CHECKED), chưa biết ai đã ký.

To check it: python3 -I verify.py. Name the key and the checkpoint that you keep with --key, --checkpoint.
"""


@dataclass(slots=True)
class Archive:
    """A bundle being written; ``sign`` gives the note of a text."""

    zip: ZipFile
    listed: list[str] = field(default_factory=list)
    missing: int = 0

    def add(self, name: str, content: bytes) -> str:
        """Writes a file; its hash."""
        hashed = sha256(content).hexdigest()
        self.listed.append(f"{hashed}  {name}")
        self._write(name, content)
        return hashed

    def miss(self, hashed: str) -> None:
        """Says of a paper that it could not be given out."""
        self.missing += 1
        self.listed.append(f"{hashed}  missing/{hashed}")

    def close(self, *, code: str, file: str, at: datetime, by: str, origin: str, sign: Callable[[str], str]) -> None:
        """The reader's note, the verifier, and the signed list."""
        self.add("README.txt", README.format(code=code, file=file).encode())
        self.add("verify.py", _VERIFIER)
        head = ("khuyencong bundle 1", code, f"made {at.isoformat()}", f"asked for by {by}", f"from {origin}")
        text = "".join(f"{line}\n" for line in (*head, *sorted(self.listed)))
        self._write("manifest.txt", sign(text).encode())

    def _write(self, name: str, content: bytes) -> None:
        info = ZipInfo(name)
        info.compress_type = ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        self.zip.writestr(info, content)
