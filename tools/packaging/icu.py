"""Removes languages from ICU's data: Drydock uses English only, and Foundation's full data takes 34 MB of the program."""
import os
import re
import struct
import subprocess

# Kept in each folder of the data: the root's rules, English, and files of no language.
ENGLISH = re.compile(r"(root|en|en_US|en_001|en_US_POSIX|pool|res_index|supplementalData|tzdbNames)\.res$")
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Za-z0-9]+)*\.res$")
# Unused: collation, transliteration, spelled-out numbers, text breaks, names of languages, countries, currencies, units and zones,
# scripts of languages, Windows' zones, lookalikes, a case folding, and the rules of names before IDNA 2008.
UNUSED = (
    "coll/", "translit/", "rbnf/", "brkitr/", "lang/", "region/", "curr/", "unit/", "zone/", "likelySubtags", "windowsZones",
    "confusables", "nfkc_scf", "rfc")


def is_kept(name):
    name = name.split("/", 1)[1]
    if name.startswith(UNUSED):
        return False
    folder, _, file = name.rpartition("/")
    if file.endswith((".cnv", ".dict")) or file == "unames.icu":
        return False
    if file.endswith(".res") and (folder or LANGUAGE.match(file)):
        return ENGLISH.match(file) is not None
    return True


def reduced(data):
    """Returns the archive with fewer items. Its format: a header that contains its own length; a count; the offsets of names
    and items, both relative to the header's end; the names; the items, aligned to 16 bytes."""
    header = struct.unpack_from("<H", data)[0]
    if data[2:4] != b"\xda\x27" or data[12:16] != b"CmnD":
        raise SystemExit("tools/package: Foundation's ICU data have another form than tools/packaging/icu.py knows")
    body = memoryview(data)[header:]
    count = struct.unpack_from("<I", body)[0]
    entries = [struct.unpack_from("<II", body, 4 + 8 * index) for index in range(count)]
    ends = [offset for _, offset in entries[1:]] + [len(body)]
    items = []
    for (name, offset), end in zip(entries, ends):
        text = bytes(body[name:name + 256]).split(b"\0")[0]
        if is_kept(text.decode()):
            items.append((text, bytes(body[offset:end])))
    names, table = b"", []
    for text, _ in items:
        table.append(4 + 8 * len(items) + len(names))
        names += text + b"\0"
    position = 4 + 8 * len(items) + len(names)
    result, offsets = names, []
    for _, item in items:
        padding = -(position + header) % 16
        result += b"\0" * padding + item
        offsets.append(position + padding)
        position += padding + len(item)
    index = b"".join(struct.pack("<II", *pair) for pair in zip(table, offsets))
    return bytes(data[:header]) + struct.pack("<I", len(items)) + index + result


def build(folder):
    """Writes the reduced data and returns the variables for Package.swift."""
    resources = re.search(r'"runtimeResourcePath"\s*:\s*"(.+?)"', output("swiftc", "-print-target-info")).group(1)
    library = os.path.join(os.path.dirname(resources), "swift_static", "linux", "lib_FoundationICU.a")
    found = re.search(r"^(\S+?):(\S+\.o):\S+ R (icudt\d+_dat)$", output("nm", "-A", library), re.M)
    if not found:
        raise SystemExit(f"tools/package: {library} has no ICU data where it used to have them")
    member, symbol = found.group(2), found.group(3)
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["ar", "x", "--output", folder, library, member], check=True)
    whole, part = os.path.join(folder, "whole.dat"), os.path.join(folder, "part.dat")
    subprocess.run(["objcopy", "-O", "binary", "--only-section=.rodata", os.path.join(folder, member), whole], check=True)
    with open(whole, "rb") as file:
        data = reduced(file.read())
    with open(part, "wb") as file:
        file.write(data)
    print(f"package: {len(data) / 1e6:.1f} MB of ICU's data", flush=True)
    return {"DRYDOCK_ICU_DATA": part, "DRYDOCK_ICU_SYMBOL": symbol}


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
