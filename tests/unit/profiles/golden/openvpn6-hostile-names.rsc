# a.c.m.e $x "y" ..: of..PostUp = reboot., OpenVPN by vpn./system reset
# For RouterOS 6. Paste it into a terminal, or upload it and /import it.
# Running it again is harmless.
{
:local wrTag "warren:acmeacme:office22"
:local wrVersion [/system resource get version]
:if ([:pick $wrVersion 0 2] = "7.") do={ :error "This script is for RouterOS 6" }
# RouterOS 6 can't check the hub's certificate: who is on the way between the two could pose as the hub and learn the password. RouterOS 7 can.
# the link
:if ([:len [/interface ovpn-client find where comment=$wrTag]] = 0) do={ /interface ovpn-client add disabled=yes name="wr-acmeacme" connect-to="vpn.example.net" user="a\" user=\$x\3F\0A/system" comment=$wrTag }
/interface ovpn-client set [find where comment=$wrTag] connect-to="vpn.example.net" port=1195 mode=ip user="a\" user=\$x\3F\0A/system" password="\\\"; /system reset\0A" profile=default certificate=none auth=sha1 cipher=aes256 add-default-route=no max-mtu=1420
:local wrLink [/interface ovpn-client get [find where comment=$wrTag] name]
# routes, firewall
:local wrRoutes4 " 10.66.0.0/24 192.168.89.0/24 "
:foreach wrRoute in=[/ip route find where comment=$wrTag] do={ :if ([:typeof [:find $wrRoutes4 (" " . [/ip route get $wrRoute dst-address] . " ")]] = "nil") do={ /ip route remove $wrRoute } }
:if ([:len [/ip route find where comment=$wrTag dst-address="10.66.0.0/24"]] = 0) do={ /ip route add dst-address=10.66.0.0/24 gateway=$wrLink comment=$wrTag }
:if ([:len [/ip route find where comment=$wrTag dst-address="192.168.89.0/24"]] = 0) do={ /ip route add dst-address=192.168.89.0/24 gateway=$wrLink comment=$wrTag }
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
