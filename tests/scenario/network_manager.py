# SPDX-License-Identifier: GPL-2.0-or-later
"""What NetworkManager makes of an .ovpn file, as JSON. Usage: network_manager.py PLUGIN FILE

PLUGIN is the shared object of network-manager-openvpn; keys are written below HOME.
"""

import json
import sys

import gi

gi.require_version("NM", "1.0")
from gi.repository import NM  # noqa: E402

plugin = NM.VpnEditorPlugin.load(sys.argv[1], "org.freedesktop.NetworkManager.openvpn")
vpn = plugin.import_(sys.argv[2]).get_setting_vpn()
json.dump({key: vpn.get_data_item(key) for key in vpn.get_data_keys()}, sys.stdout)
