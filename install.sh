#!/bin/sh
# Installs the command agenthuman from an archive of a release, after its checksum was compared.
#
#     sh install.sh --from FOLDER_OR_URL [--version X.Y.Z] [--to FOLDER]
#
# FOLDER_OR_URL is where the archives of a release are: a folder, or the beginning of an https URL. Nothing is published
# yet: `cargo xtask dist build --target x86_64-unknown-linux-gnu` makes archives in target/dist/out/archives.
# The default of --to is ~/.local/bin. Nothing else on the machine is changed.
set -eu

VERSION=0.1.0
FROM=
TO=${HOME:-}/.local/bin

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

usage() {
  sed -n '2,8s/^# \{0,1\}//p' "$0"
}

platform() {
  case "$(uname -s) $(uname -m)" in
    'Linux x86_64') echo x86_64-unknown-linux-musl ;;
    'Linux aarch64' | 'Linux arm64') echo aarch64-unknown-linux-musl ;;
    'Darwin x86_64') echo x86_64-apple-darwin ;;
    'Darwin arm64') echo aarch64-apple-darwin ;;
    *) fail "there is no program for $(uname -s) on $(uname -m)" ;;
  esac
}

# get NAME: fetches a file of the release into the temporary folder.
get() {
  case $FROM in
    https://* | http://localhost* | http://127.0.0.1*)
      if command -v curl >/dev/null 2>&1; then
        curl --fail --silent --show-error --location --max-time 300 --output "$folder/$1" "${FROM%/}/$1"
      elif command -v wget >/dev/null 2>&1; then
        wget -q -T 300 -O "$folder/$1" "${FROM%/}/$1"
      else
        fail 'curl or wget must be installed'
      fi || fail "downloading ${FROM%/}/$1 failed"
      ;;
    *://*) fail '--from must be a folder or an https URL' ;;
    *) cp "$FROM/$1" "$folder/$1" || fail "$FROM/$1 cannot be read" ;;
  esac
}

checksum() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1"
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 "$1"
  elif command -v openssl >/dev/null 2>&1; then
    openssl dgst -sha256 -r "$1"
  else
    fail 'sha256sum, shasum or openssl must be installed, to compare the checksum'
  fi | cut -d ' ' -f 1
}

# In a function, so that a script that was cut off while it was downloaded does nothing.
main() {
  while [ $# -gt 0 ]; do
    case $1 in
      --from | --version | --to)
        [ $# -ge 2 ] || fail "$1 needs a value"
        case $1 in
          --from) FROM=$2 ;;
          --version) VERSION=$2 ;;
          --to) TO=$2 ;;
        esac
        shift 2
        ;;
      --help)
        usage
        exit 0
        ;;
      *) fail "unknown option $1" ;;
    esac
  done
  [ -n "$FROM" ] || fail 'nothing is published yet: --from must name the folder of the archives'
  target=$(platform)
  stem=agenthuman-$VERSION-$target
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  get "$stem.tar.gz"
  get "$stem.tar.gz.sha256"
  expected=$(cut -d ' ' -f 1 "$folder/$stem.tar.gz.sha256")
  actual=$(checksum "$folder/$stem.tar.gz")
  [ -n "$expected" ] && [ "$expected" = "$actual" ] || fail "the checksum of $stem.tar.gz is $actual, and should be $expected"
  tar -xzf "$folder/$stem.tar.gz" -C "$folder"
  mkdir -p "$TO"
  # Under its name at once, so that a program that runs is not written to.
  cp "$folder/$stem/agenthuman" "$TO/.agenthuman.new"
  chmod 755 "$TO/.agenthuman.new"
  mv "$TO/.agenthuman.new" "$TO/agenthuman"
  printf 'installed %s\n' "$TO/agenthuman"
  case ":${PATH:-}:" in
    *":$TO:"*) ;;
    *) printf 'add %s to PATH to run it as agenthuman\n' "$TO" ;;
  esac
}

main "$@"
