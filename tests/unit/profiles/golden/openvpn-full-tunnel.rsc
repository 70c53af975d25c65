# acme: office, OpenVPN by vpn.example.net
# For RouterOS 7. Paste it into a terminal, or upload it and /import it.
# Running it again is harmless.
{
:local wrTag "warren:acmeacme:office22"
:local wrVersion [/system resource get version]
:if ([:pick $wrVersion 0 2] = "6.") do={ :error "This script is for RouterOS 7" }
# the cipher: its name, and what can be had, depend on the version
:local wrMinor [:tonum [:pick $wrVersion 2 4]]
:if ([:typeof $wrMinor] != "num") do={ :set wrMinor [:tonum [:pick $wrVersion 2 3]] }
:local wrCipher "aes256-cbc"
:if ($wrMinor < 8) do={ :set wrCipher "aes256" }
:if ($wrMinor > 16) do={ :set wrCipher "aes256-gcm" }
# the link
:if ([:len [/interface ovpn-client find where comment=$wrTag]] = 0) do={ /interface ovpn-client add disabled=yes name="wr-acmeacme" connect-to="vpn.example.net" user="office22" comment=$wrTag }
/interface ovpn-client set [find where comment=$wrTag] connect-to="vpn.example.net" port=1195 mode=ip user="office22" password="Ab1-qrstuvwxyz23456" profile=default certificate=none auth=sha1 cipher=$wrCipher add-default-route=no max-mtu=1420
:local wrLink [/interface ovpn-client get [find where comment=$wrTag] name]
:foreach wrWord in={"protocol=tcp";"route-nopull=yes";"use-peer-dns=no";"tls-version=only-1.2"} do={
  :do { [[:parse ("/interface ovpn-client set \"" . $wrLink . "\" " . $wrWord)]] } on-error={ :put ("This version has no " . $wrWord) }
}
# Should the router check the hub's certificate, too (from RouterOS 7.9 on; its clock must be right)
:local wrCheck "no"
:local wrAuthority "-----BEGIN CERTIFICATE-----\0AdGhlIGNlcnRpZmljYXRlIG9mIHRoZSBhdXRob3JpdHksIGxvbmdlciB0aGFuIG9u\0AZSBsaW5lIG9mIGJhc2U2NA==\0A-----END CERTIFICATE-----\0A"
:local wrFile "wr-acmeacme.pem"
:if ($wrCheck = "yes") do={
  :do { [[:parse ("/file add name=\"" . $wrFile . "\"")]] } on-error={}
  :delay 1s
  /file set [find where name=$wrFile] contents=$wrAuthority
  /certificate import file-name=$wrFile passphrase=""
  /file remove [find where name=$wrFile]
  [[:parse ("/interface ovpn-client set \"" . $wrLink . "\" verify-server-certificate=yes")]]
}
# routes, firewall
:local wrRoutes4 " "
:foreach wrRoute in=[/ip route find where comment=$wrTag] do={ :if ([:typeof [:find $wrRoutes4 (" " . [/ip route get $wrRoute dst-address] . " ")]] = "nil") do={ /ip route remove $wrRoute } }
/ip route set [find where comment=$wrTag] disabled=no gateway=$wrLink
:if ([:len [/ip firewall filter find where comment=$wrTag chain="input" in-interface=$wrLink]] = 0) do={
  :local wrFirst [/ip firewall filter find where chain="input" dynamic=no]
  :if ([:len $wrFirst] > 0) do={ /ip firewall filter add chain=input action=accept in-interface=$wrLink protocol=icmp comment=$wrTag place-before=($wrFirst->0) } else={ /ip firewall filter add chain=input action=accept in-interface=$wrLink protocol=icmp comment=$wrTag }
}
:if ([:len [/ip firewall filter find where comment=$wrTag chain="forward" in-interface=$wrLink]] = 0) do={
  :local wrFirst [/ip firewall filter find where chain="forward" dynamic=no]
  :if ([:len $wrFirst] > 0) do={ /ip firewall filter add chain=forward action=accept in-interface=$wrLink comment=$wrTag place-before=($wrFirst->0) } else={ /ip firewall filter add chain=forward action=accept in-interface=$wrLink comment=$wrTag }
}
:if ([:len [/ip firewall filter find where comment=$wrTag chain="forward" out-interface=$wrLink]] = 0) do={
  :local wrFirst [/ip firewall filter find where chain="forward" dynamic=no]
  :if ([:len $wrFirst] > 0) do={ /ip firewall filter add chain=forward action=accept out-interface=$wrLink comment=$wrTag place-before=($wrFirst->0) } else={ /ip firewall filter add chain=forward action=accept out-interface=$wrLink comment=$wrTag }
}
/interface ovpn-client set [find where comment=$wrTag] disabled=no
:put ("OpenVPN to the hub is set up on " . $wrLink)
}
# To take all of it away again:
# /ip firewall filter remove [find where comment="warren:acmeacme:office22"]
# /ip route remove [find where comment="warren:acmeacme:office22"]
# /interface ovpn-client remove [find where comment="warren:acmeacme:office22"]
