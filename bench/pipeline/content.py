"""A small lab: a router that is graded, a host, and a switch."""

CHAIN = """\
lab: {title: chain, version: 0.3.0}
nodes:
  - id: n0
    label: R1
    node_definition: iosv
    x: 0
    y: 0
    tags: ["serial:${PORT_R1}"]
    configuration:
      - {name: ios_config.txt, content: "hostname R1\\nrouter ospf 1\\n network 10.0.0.0 0.255.255.255 area 0\\n"}
    interfaces:
      - {id: i0, label: Loopback0, type: loopback}
      - {id: i1, label: GigabitEthernet0/0, type: physical, slot: 0}
  - id: n1
    label: PC
    node_definition: alpine
    x: 80
    y: 0
    tags: [serial:5042]
    configuration:
      - {name: node.cfg, content: "hostname PC\\n"}
    interfaces:
      - {id: i0, label: eth0, type: physical, slot: 0}
links:
  - {id: l0, n1: n0, i1: i1, n2: n1, i2: i0}
"""
CONTENT_XML = """<lab_content><device>
<device device_label="R1" user_access_mode="local" category="router"/></device></lab_content>"""
RULES = """
cut_score: 1
sections:
  - name: Routing
    items:
      - {name: OSPF, device: R1, command: show running-config, pattern: '^router ospf 1$', points: 2}
"""
