# acme: office, WireGuard by vpn.example.net
# For RouterOS 7. Paste it into a terminal, or upload it and /import it.
# Running it again is harmless.
{
:local wrTag "warren:acmeacme:office22"
:if ([:pick [/system resource get version] 0 2] = "6.") do={ :error "RouterOS 6 has no WireGuard" }
# the link
:if ([:len [/interface wireguard find where comment=$wrTag]] = 0) do={ /interface wireguard add name="wr-acmeacme" comment=$wrTag }
/interface wireguard set [find where comment=$wrTag] disabled=no mtu=1420 private-key="cB+ZE7Jy+2VyXN0Wz6Ypx5nnJuSqVDM0QpsqFNXzSG8="
:local wrLink [/interface wireguard get [find where comment=$wrTag] name]
# the hub
:if ([:len [/interface wireguard peers find where comment=$wrTag]] = 0) do={ /interface wireguard peers add interface=$wrLink public-key="G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGgE=" allowed-address="10.66.0.0/24,192.168.88.0/24" comment=$wrTag }
/interface wireguard peers set [find where comment=$wrTag] disabled=no interface=$wrLink public-key="G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGgE=" preshared-key="m2QkD0oZ7b9f0g9hKpDJ4rYQyQO5q3ZVyTUqg+QOFSM=" endpoint-address="vpn.example.net" endpoint-port=51820 persistent-keepalive=25s allowed-address="10.66.0.0/24,192.168.88.0/24"
# IPv4: address, routes, firewall
:if ([:len [/ip address find where comment=$wrTag]] = 0) do={ /ip address add address=10.66.0.3/24 interface=$wrLink comment=$wrTag }
/ip address set [find where comment=$wrTag] disabled=no address=10.66.0.3/24 interface=$wrLink
:local wrRoutes4 " 192.168.88.0/24 "
:foreach wrRoute in=[/ip route find where comment=$wrTag] do={ :if ([:typeof [:find $wrRoutes4 (" " . [/ip route get $wrRoute dst-address] . " ")]] = "nil") do={ /ip route remove $wrRoute } }
:if ([:len [/ip route find where comment=$wrTag dst-address="192.168.88.0/24"]] = 0) do={ /ip route add dst-address=192.168.88.0/24 gateway=$wrLink comment=$wrTag }
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
:put ("WireGuard to the hub is set up on " . $wrLink)
}
# To take all of it away again:
# /ip firewall filter remove [find where comment="warren:acmeacme:office22"]
# /ipv6 firewall filter remove [find where comment="warren:acmeacme:office22"]
# /ip route remove [find where comment="warren:acmeacme:office22"]
# /ipv6 route remove [find where comment="warren:acmeacme:office22"]
# /ip address remove [find where comment="warren:acmeacme:office22"]
# /ipv6 address remove [find where comment="warren:acmeacme:office22"]
# /interface wireguard peers remove [find where comment="warren:acmeacme:office22"]
# /interface wireguard remove [find where comment="warren:acmeacme:office22"]
