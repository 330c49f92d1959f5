#!/bin/sh
# The programs that the tests drive. Installed by apt where that may be; otherwise named.
set -u

missing=''
packages=''
need() { # need PROGRAM DEBIAN-PACKAGE…
    program=$1
    shift
    command -v "$program" >/dev/null 2>&1 || {
        missing="$missing $program"
        packages="$packages $*"
    }
}
look() {
    missing='' packages=''
    need chromium chromium
    need firefox-esr firefox-esr
    need ffmpeg ffmpeg
    need ffprobe ffmpeg
    need curl curl
    need cvlc vlc-bin vlc-plugin-base
    need setpriv util-linux
    need mpv mpv
    need nginx nginx-light
    need turnserver coturn
    need caddy caddy
    need icecast2 icecast2
    need gst-launch-1.0 gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav
    need WebKitWebDriver webkit2gtk-driver
    need xvfb-run xvfb xauth
    need shellcheck shellcheck
}

look
[ -z "$missing" ] && exit 0

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then root=''; elif sudo -n true 2>/dev/null; then root='sudo -n'; else root=no; fi
    if [ "$root" != no ]; then
        printf 'Installing for the tests:%s\n' "$packages"
        # shellcheck disable=SC2086  # lists of words
        $root env DEBIAN_FRONTEND=noninteractive sh -c "apt-get -qq update && apt-get -qq install -y --no-install-recommends $packages" >/dev/null
        look
    fi
fi

[ -z "$missing" ] && exit 0
printf 'The tests need programs that are not here:%s\n' "$missing" >&2
printf 'Install them (Debian, Ubuntu: sudo apt install%s), then run make test again.\n' "$packages" >&2
exit 2
