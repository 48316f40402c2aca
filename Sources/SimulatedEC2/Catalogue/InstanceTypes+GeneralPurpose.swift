// Written by tools/catalogue/instance-types; InstanceTypeTable.swift explains the keys.
extension InstanceTypeTable {
    static let generalPurpose = """
        = a1 bm=u bw=3500,20000 cpu=AWS:2.3:arm64 eb=drs27 ena=r fl=adr6 hv=nitro nc=1,8,5,10,8 ni=4,15,15 np=Up_to_10_Gigabit
        + pg=cps rd=e tcp=432000 th=1 uc=os vi=h
        medium 1 1 2048 bw=300,2500,3500,20000 nc=1,2,0.5,10,8 ni=2,4,4
        large 2 2 4096 bw=525,4000,3500,20000 nc=1,3,0.75,10,8 ni=3,10,10
        xlarge 4 4 8192 bw=800,6000,3500,20000 nc=1,4,1.25,10,8
        2xlarge 8 8 16384 bw=1750,10000,3500,20000 nc=1,4,2.5,10,8
        4xlarge 16 16 32768 ni=8,30,30
        metal 16 16 32768 eb=drs31 fl=badr6 hv= ni=8,30,30
        = m1 bm=l cpu=Intel::i386,x86_64 eb=uus39 ena=u hv=xen nc=1,2,0.3,1.2,1 np=Moderate pg=ps rd=ei tcp=432000 th=1 uc=os
        + vi=hp
        small 1 1 1740 ds=1x160hdd:uu ni=2,4,0 np=Low
        medium 1 1 3788 ds=1x410hdd:uu ni=2,6,0
        large 2 2 7680 bw=500,4000 cpu=Intel::x86_64 ds=2x420hdd:uu eb=sus39 nc=1,3,0.7,2.8,2 ni=3,10,0
        xlarge 4 4 15360 bw=1000,8000 cpu=Intel::x86_64 ds=4x420hdd:uu eb=sus39 nc=1,4,1,10,4 ni=4,15,0 np=High
        = m3 bm=l cpu=Intel:2.5:x86_64 eb=uus39 ena=u fl=had hv=xen np=Moderate pg=ps rd=ei tcp=432000 th=2 uc=os vi=hp vt=1,2
        medium 1 1 3840 ds=1x4ssd:uu nc=1,2,0.3,1.2,1 ni=2,6,0 th=1 vt=
        large 2 1 7680 ds=1x32ssd:uu nc=1,3,0.7,2.8,2 ni=3,10,0 vc=1
        xlarge 4 2 15360 bw=500,4000 ds=2x40ssd:uu eb=sus39 nc=1,4,1,10,4 ni=4,15,0 np=High vc=1,2
        2xlarge 8 4 30720 bw=1000,8000 ds=2x80ssd:uu eb=sus39 nc=1,4,1,10,8 ni=4,30,0 np=High vc=1-4/1
        = m4 bm=l cpu=Intel:2.4:x86_64 eb=dus40 ena=u fl=hadr6 hv=xen ni=8,30,30 np=High pg=cps rd=e tcp=432000 th=2 uc=os vi=h
        + vt=1,2
        large 2 1 8192 bw=450,3600 nc=1,2,0.45,1.2,8 ni=2,10,10 np=Moderate vc=1
        xlarge 4 2 16384 bw=750,6000 nc=1,4,0.75,2.8,8 ni=4,15,15 vc=1,2
        2xlarge 8 4 32768 bw=1000,8000 nc=1,4,1,10,8 ni=4,15,15 vc=1-4/1
        4xlarge 16 8 65536 bw=2000,16000 nc=1,8,2,10,8 vc=1-8/1
        10xlarge 40 20 163840 bw=4000,32000 fl=adr6 nc=1,8,10,10,8 np=10_Gigabit vc=2-20/2
        16xlarge 64 32 262144 bw=10000,65000 cpu=Intel:2.3:x86_64 ena=s fl=ar6 nc=1,8,25,25,8 np=25_Gigabit vc=2-32/2
        = m5 bm=lu bw=19000,80000 cpu=Intel:3.1:x86_64 eb=drs27 ena=r fl=hadepr6 hv=nitro nc=1,15,25,25,8 ni=8,30,30
        + np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 8192 bw=650,3600,4750,18750 fl=hadpr6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 16384 bw=1150,6000,4750,18750 nc=1,4,1.25,10,8 ni=4,15,15 vc=2
        2xlarge 8 4 32768 bw=2300,12000,4750,18750 nc=1,4,2.5,10,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 65536 bw=4750,18750 nc=1,8,5,10,8 vc=2-8/2
        8xlarge 32 16 131072 bw=6800,30000 nc=1,8,10,10,8 np=10_Gigabit vc=2-16/2
        12xlarge 48 24 196608 bw=9500,40000 fl=adepr6 nc=1,8,12,12,8 np=12_Gigabit vc=2-24/2
        16xlarge 64 32 262144 bw=13600,60000 fl=adepr6 nc=1,15,20,20,8 ni=15,50,50 np=20_Gigabit vc=2-32/2
        24xlarge 96 48 393216 fl=adepr6 ni=15,50,50 np=25_Gigabit vc=4-48/2
        metal 96 48 393216 bm=l eb=drs31 fl=badr6 hv= ni=15,50,50 np=25_Gigabit vt=
        = m5a bm=lu cpu=AMD:2.5:x86_64 eb=drs27 ena=r fl=ghaepr6 hv=nitro ni=8,30,30 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000
        + th=2 uc=os vi=h vt=1,2
        large 2 1 8192 bw=650,3600,2880,16000 fl=ghapr6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 16384 bw=1085,6000,2880,16000 nc=1,4,1.25,10,8 ni=4,15,15 vc=2
        2xlarge 8 4 32768 bw=1580,8333,2880,16000 nc=1,4,2.5,10,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 65536 bw=2880,16000 nc=1,8,5,10,8 vc=2-8/2
        8xlarge 32 16 131072 bw=4750,20000 nc=1,8,7.5,10,8 vc=4-16/2
        12xlarge 48 24 196608 bw=6780,30000 fl=gaepr6 nc=1,8,10,10,8 np=10_Gigabit vc=6-24/6
        16xlarge 64 32 262144 bw=9500,40000 fl=gaepr6 nc=1,15,12,12,8 ni=15,50,50 np=12_Gigabit vc=8-32/2
        24xlarge 96 48 393216 bw=13750,60000 fl=gaepr6 nc=1,15,20,20,8 ni=15,50,50 np=20_Gigabit vc=12,18,24,36,48
        = m5ad bm=lu cpu=AMD:2.2:x86_64 eb=drs26 ena=r fl=ghep6 hv=nitro ni=8,30,30 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000
        + th=2 uc=os vi=h vt=1,2
        large 2 1 8192 bw=650,3600,2880,16000 ds=1x75ssd:rr fl=ghp6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 16384 bw=1085,6000,2880,16000 ds=1x150ssd:rr nc=1,4,1.25,10,8 ni=4,15,15 vc=2
        2xlarge 8 4 32768 bw=1580,8333,2880,16000 ds=1x300ssd:rr nc=1,4,2.5,10,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 65536 bw=2880,16000 ds=2x300ssd:rr eb=drs25 nc=1,8,5,10,8 vc=2-8/2
        8xlarge 32 16 131072 bw=4750,20000 cpu=AMD:2.5:x86_64 ds=2x600ssd:rr eb=drs25 nc=1,8,7.5,10,8 vc=4-16/2
        12xlarge 48 24 196608 bw=6780,30000 ds=2x900ssd:rr eb=drs25 fl=gep6 nc=1,8,10,10,8 np=10_Gigabit vc=6-24/6
        16xlarge 64 32 262144 bw=9500,40000 cpu=AMD:2.5:x86_64 ds=4x600ssd:rr eb=drs23 fl=gep6 nc=1,15,12,12,8 ni=15,50,50
        + np=12_Gigabit vc=8-32/2
        24xlarge 96 48 393216 bw=13750,60000 ds=4x900ssd:rr eb=drs23 fl=gep6 nc=1,15,20,20,8 ni=15,50,50 np=20_Gigabit
        + vc=12,18,24,36,48
        = m5d bm=lu bw=19000,80000 cpu=Intel:3.1:x86_64 ds=4x900ssd:rr eb=drs26 ena=r fl=ghdep6 hv=nitro nc=1,15,25,25,8
        + ni=8,30,30 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 8192 bw=650,3600,4750,18750 ds=1x75ssd:rr fl=ghdp6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 16384 bw=1150,6000,4750,18750 ds=1x150ssd:rr nc=1,4,1.25,10,8 ni=4,15,15 vc=2
        2xlarge 8 4 32768 bw=2300,12000,4750,18750 ds=1x300ssd:rr nc=1,4,2.5,10,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 65536 bw=4750,18750 ds=2x300ssd:rr eb=drs25 nc=1,8,5,10,8 vc=2-8/2
        8xlarge 32 16 131072 bw=6800,30000 ds=2x600ssd:rr eb=drs25 nc=1,8,10,10,8 np=10_Gigabit vc=2-16/2
        12xlarge 48 24 196608 bw=9500,40000 ds=2x900ssd:rr eb=drs25 fl=gdep6 nc=1,8,12,12,8 np=12_Gigabit vc=2-24/2
        16xlarge 64 32 262144 bw=13600,60000 ds=4x600ssd:rr eb=drs23 fl=gdep6 nc=1,15,20,20,8 ni=15,50,50 np=20_Gigabit
        + vc=2-32/2
        24xlarge 96 48 393216 eb=drs23 fl=gdep6 ni=15,50,50 np=25_Gigabit vc=4-48/2
        metal 96 48 393216 bm=l eb=drs31 fl=gbd6 hv= ni=15,50,50 np=25_Gigabit vt=
        = m5dn bm=lu bw=19000,80000 cpu=Intel:3.1:x86_64 ds=4x900ssd:rr eb=drs26 ena=r fl=gdepT6 hv=nitro nc=1,15,100,100,32
        + ni=8,30,30 np=Up_to_25_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 8192 bw=650,3600,4750,18750 ds=1x75ssd:rr fl=gdpT6 nc=1,3,2.1,25,8 ni=3,10,10 vc=1
        xlarge 4 2 16384 bw=1150,6000,4750,18750 ds=1x150ssd:rr nc=1,4,4.1,25,8 ni=4,15,15 vc=1,2
        2xlarge 8 4 32768 bw=2300,12000,4750,18750 ds=1x300ssd:rr nc=1,4,8.125,25,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 65536 bw=4750,18750 ds=2x300ssd:rr eb=drs25 nc=1,8,16.25,25,32 vc=2-8/2
        8xlarge 32 16 131072 bw=6800,30000 ds=2x600ssd:rr eb=drs25 nc=1,8,25,25,32 np=25_Gigabit vc=2-16/2
        12xlarge 48 24 196608 bw=9500,40000 ds=2x900ssd:rr eb=drs25 nc=1,8,50,50,32 np=50_Gigabit vc=2-24/2
        16xlarge 64 32 262144 bw=13600,60000 ds=4x600ssd:rr eb=drs23 nc=1,15,75,75,32 ni=15,50,50 np=75_Gigabit vc=2-32/2
        24xlarge 96 48 393216 eb=drs23 efa=1 fl=gdepET6 ni=15,50,50 np=100_Gigabit vc=2-48/2
        metal 96 48 393216 bm=l eb=drs31 efa=1 fl=gbdET6 hv= ni=15,50,50 np=100_Gigabit vt=
        = m5n bm=lu bw=19000,80000 cpu=Intel:3.1:x86_64 eb=drs27 ena=r fl=gadeprT6 hv=nitro nc=1,15,100,100,32 ni=8,30,30
        + np=Up_to_25_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 8192 bw=650,3600,4750,18750 fl=gadprT6 nc=1,3,2.1,25,8 ni=3,10,10 vc=1
        xlarge 4 2 16384 bw=1150,6000,4750,18750 nc=1,4,4.1,25,8 ni=4,15,15 vc=1,2
        2xlarge 8 4 32768 bw=2300,12000,4750,18750 nc=1,4,8.125,25,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 65536 bw=4750,18750 nc=1,8,16.25,25,32 vc=2-8/2
        8xlarge 32 16 131072 bw=6800,30000 nc=1,8,25,25,32 np=25_Gigabit vc=2-16/2
        12xlarge 48 24 196608 bw=9500,40000 nc=1,8,50,50,32 np=50_Gigabit vc=2-24/2
        16xlarge 64 32 262144 bw=13600,60000 nc=1,15,75,75,32 ni=15,50,50 np=75_Gigabit vc=2-32/2
        24xlarge 96 48 393216 efa=1 fl=gadeprET6 ni=15,50,50 np=100_Gigabit vc=2-48/2
        metal 96 48 393216 bm=l eb=drs31 efa=1 fl=gbadrET6 hv= ni=15,50,50 np=100_Gigabit vt=
        = m5zn bm=lu bw=19000,80000 cpu=Intel:4.5:x86_64 eb=drs27 ena=r fl=gadeprT6 hv=nitro nc=1,15,100,100,32 ni=4,15,15
        + np=Up_to_25_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 8192 bw=800,3333,3170,13333 fl=gadprT6 nc=1,3,3,25,8 ni=3,10,10 vc=1
        xlarge 4 2 16384 bw=1564,6667,3170,13333 nc=1,4,5,25,8 vc=1,2
        2xlarge 8 4 32768 bw=3170,13333 nc=1,4,10,25,8 vc=2,4
        3xlarge 12 6 49152 bw=4750,20000 nc=1,8,15,25,32 ni=8,30,30 vc=2-6/2
        6xlarge 24 12 98304 bw=9500,40000 nc=1,8,50,50,32 ni=8,30,30 np=50_Gigabit vc=2-12/2
        12xlarge 48 24 196608 efa=1 fl=gadeprET6 ni=15,50,50 np=100_Gigabit vc=2-24/2
        metal 48 24 196608 bm=l eb=drs31 efa=1 fl=gbadrET6 hv= ni=15,50,50 np=100_Gigabit vt=
        = m6a bm=lu bw=40000,240000 cpu=AMD:3.6:x86_64 eb=drs27 ena=r fl=ghadeprT6 hv=nitro nc=1,15,50,50,8 ni=15,50,50
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 8192 bw=650,3600,10000,40000 fl=ghadprT6 nc=1,3,0.781,12.5,2 ni=3,10,10 pf=amd-sev-snp vc=1
        xlarge 4 2 16384 bw=1250,6000,10000,40000 nc=1,4,1.562,12.5,4 ni=4,15,15 pf=amd-sev-snp vc=1,2
        2xlarge 8 4 32768 bw=2500,12000,10000,40000 nc=1,4,3.125,12.5,8 ni=4,15,15 pf=amd-sev-snp vc=1-4/1
        4xlarge 16 8 65536 bw=5000,20000,10000,40000 nc=1,8,6.25,12.5,8 ni=8,30,30 pf=amd-sev-snp vc=1-8/1
        8xlarge 32 16 131072 bw=10000,40000 nc=1,8,12.5,12.5,8 ni=8,30,30 np=12.5_Gigabit pf=amd-sev-snp vc=4-16/2
        12xlarge 48 24 196608 bw=15000,60000 fl=gadeprST6 nc=1,8,18.75,18.75,8 ni=8,30,30 np=18.75_Gigabit
        + vc=1,2,3,4,5,6,7,8,16,24
        16xlarge 64 32 262144 bw=20000,80000 fl=gadeprST6 nc=1,15,25,25,8 np=25_Gigabit vc=4,6,8,10,12,14,16,32
        24xlarge 96 48 393216 bw=30000,120000 fl=gadeprST6 nc=1,15,37.5,37.5,8 np=37.5_Gigabit vc=4,6,8,10,12,14,16,32,48
        32xlarge 128 64 524288 bw=40000,160000 fl=gadeprST6 np=50_Gigabit vc=8,12,16,20,24,28,32,64
        48xlarge 192 96 786432 efa=1 fl=gadeprEST6 np=50_Gigabit vc=8,12,16,20,24,28,32,64,96
        metal 192 96 786432 bm=l eb=drs31 efa=1 fl=gbadrEST6 hv= np=50_Gigabit vt=
        = m6g bm=u bw=19000,80000 cpu=AWS:2.5:arm64 eb=drs27 ena=r fl=ghadepr6 hv=nitro nc=1,15,25,25,8 ni=8,30,30
        + np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 4096 bw=315,2500,4750,20000 fl=ghadpr6 nc=1,2,0.5,10,8 ni=2,4,4 vt=
        large 2 2 8192 bw=630,3600,4750,20000 nc=1,3,0.75,10,8 ni=3,10,10 vc=1,2
        xlarge 4 4 16384 bw=1188,6000,4750,20000 nc=1,4,1.25,10,8 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 32768 bw=2375,12000,4750,20000 nc=1,4,2.5,10,8 ni=4,15,15 vc=1-8/1
        4xlarge 16 16 65536 bw=4750,20000 nc=1,8,5,10,8 vc=1-16/1
        8xlarge 32 32 131072 bw=9500,40000 nc=1,8,12,12,8 np=12_Gigabit vc=1-32/1
        12xlarge 48 48 196608 bw=14250,50000 fl=gadepr6 nc=1,8,20,20,8 np=20_Gigabit vc=1-48/1
        16xlarge 64 64 262144 fl=gadepr6 ni=15,50,50 np=25_Gigabit vc=1-64/1
        metal 64 64 262144 eb=drs31 fl=gbadr6 hv= ni=15,50,50 np=25_Gigabit vt=
        = m6gd bm=u bw=19000,80000 cpu=AWS:2.5:arm64 ds=2x1900ssd:rr eb=drs26 ena=r fl=ghdep6 hv=nitro nc=1,15,25,25,8
        + ni=8,30,30 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 4096 bw=315,2500,4750,20000 ds=1x59ssd:rr fl=ghdp6 nc=1,2,0.5,10,8 ni=2,4,4 vt=
        large 2 2 8192 bw=630,3600,4750,20000 ds=1x118ssd:rr nc=1,3,0.75,10,8 ni=3,10,10 vc=1,2
        xlarge 4 4 16384 bw=1188,6000,4750,20000 ds=1x237ssd:rr nc=1,4,1.25,10,8 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 32768 bw=2375,12000,4750,20000 ds=1x474ssd:rr nc=1,4,2.5,10,8 ni=4,15,15 vc=1-8/1
        4xlarge 16 16 65536 bw=4750,20000 ds=1x950ssd:rr nc=1,8,5,10,8 vc=1-16/1
        8xlarge 32 32 131072 bw=9500,40000 ds=1x1900ssd:rr nc=1,8,12,12,8 np=12_Gigabit vc=1-32/1
        12xlarge 48 48 196608 bw=14250,50000 ds=2x1425ssd:rr eb=drs25 fl=gdep6 nc=1,8,20,20,8 np=20_Gigabit vc=1-48/1
        16xlarge 64 64 262144 eb=drs25 fl=gdep6 ni=15,50,50 np=25_Gigabit vc=1-64/1
        metal 64 64 262144 eb=drs31 fl=gbd6 hv= ni=15,50,50 np=25_Gigabit vt=
        = m6i bm=lu bw=40000,160000 cpu=Intel:3.5:x86_64 eb=drs27 ena=r fl=hadeprTQ6 hv=nitro ni=15,50,50 np=Up_to_12.5_Gigabit
        + pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 8192 bw=650,3600,10000,40000 fl=hadprTQ6 nc=1,3,0.781,12.5,2,6,2,0 ni=3,10,10 vc=1
        xlarge 4 2 16384 bw=1250,6000,10000,40000 nc=1,4,1.562,12.5,4,16,4,0 ni=4,15,15 vc=1,2
        2xlarge 8 4 32768 bw=2500,12000,10000,40000 nc=1,4,3.125,12.5,8,32,8,0 ni=4,15,15 vc=2,4
        4xlarge 16 8 65536 bw=5000,20000,10000,40000 nc=1,8,6.25,12.5,8,64,16,0 ni=8,30,30 vc=2-8/2
        8xlarge 32 16 131072 bw=10000,40000 fl=hadeprSTQ6 nc=1,8,12.5,12.5,8,64,32,0 ni=8,30,30 np=12.5_Gigabit vc=2-16/2
        12xlarge 48 24 196608 bw=15000,60000 fl=adeprSTQ6 nc=1,8,18.75,18.75,8,64,32,0 ni=8,30,30 np=18.75_Gigabit vc=2-24/2
        16xlarge 64 32 262144 bw=20000,80000 fl=adeprSTQ6 nc=1,15,25,25,8,120,32,0 np=25_Gigabit vc=2-32/2
        24xlarge 96 48 393216 bw=30000,120000 fl=adeprSTQ6 nc=1,15,37.5,37.5,8,120,32,0 np=37.5_Gigabit vc=2-48/2
        32xlarge 128 64 524288 efa=1 fl=adeprESTQ6 nc=1,15,50,50,8,120,32,0 np=50_Gigabit vc=2-64/2
        metal 128 64 524288 bm=l eb=drs31 efa=1 fl=badrEST6 hv= nc=1,15,50,50,8,,32 np=50_Gigabit vt=
        = m6id bm=lu bw=40000,160000 cpu=Intel:3.5:x86_64 ds=4x1900ssd:rr eb=drs26 ena=r fl=ghdepTQ6 hv=nitro ni=15,50,50
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 8192 bw=650,3600,10000,40000 ds=1x118ssd:rr fl=ghdpTQ6 nc=1,3,0.781,12.5,2,6,2,0 ni=3,10,10 vc=1
        xlarge 4 2 16384 bw=1250,6000,10000,40000 ds=1x237ssd:rr nc=1,4,1.562,12.5,4,16,4,0 ni=4,15,15 vc=1,2
        2xlarge 8 4 32768 bw=2500,12000,10000,40000 ds=1x474ssd:rr nc=1,4,3.125,12.5,8,32,8,0 ni=4,15,15 vc=2,4
        4xlarge 16 8 65536 bw=5000,20000,10000,40000 ds=1x950ssd:rr nc=1,8,6.25,12.5,8,64,16,0 ni=8,30,30 vc=2-8/2
        8xlarge 32 16 131072 bw=10000,40000 ds=1x1900ssd:rr fl=ghdepSTQ6 nc=1,8,12.5,12.5,8,64,32,0 ni=8,30,30 np=12.5_Gigabit
        + vc=2-16/2
        12xlarge 48 24 196608 bw=15000,60000 ds=2x1425ssd:rr eb=drs25 fl=gdepSTQ6 nc=1,8,18.75,18.75,8,64,32,0 ni=8,30,30
        + np=18.75_Gigabit vc=2-24/2
        16xlarge 64 32 262144 bw=20000,80000 ds=2x1900ssd:rr eb=drs25 fl=gdepSTQ6 nc=1,15,25,25,8,120,32,0 np=25_Gigabit
        + vc=2-32/2
        24xlarge 96 48 393216 bw=30000,120000 ds=4x1425ssd:rr eb=drs23 fl=gdepSTQ6 nc=1,15,37.5,37.5,8,120,32,0 np=37.5_Gigabit
        + vc=2-48/2
        32xlarge 128 64 524288 eb=drs23 efa=1 fl=gdepESTQ6 nc=1,15,50,50,8,120,32,0 np=50_Gigabit vc=2-64/2
        metal 128 64 524288 bm=l eb=drs31 efa=1 fl=gbdEST6 hv= nc=1,15,50,50,8,,32 np=50_Gigabit vt=
        = m6in bm=lu bw=100000,400000 cpu=Intel:3.5:x86_64 eb=drs27 ena=r fl=ghadeprTQ6 hv=nitro ni=8,30,30 np=200_Gigabit
        + pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 8192 bw=1562,6250,25000,100000 fl=ghadprTQ6 nc=1,3,3.125,25,2,6,2,0 ni=3,10,10 np=Up_to_25_Gigabit vc=1
        xlarge 4 2 16384 bw=3125,12500,25000,100000 nc=1,4,6.25,30,4,16,4,0 ni=4,15,15 np=Up_to_30_Gigabit vc=1,2
        2xlarge 8 4 32768 bw=6250,25000,25000,100000 nc=1,4,12.5,40,8,32,8,0 ni=4,15,15 np=Up_to_40_Gigabit vc=1-4/1
        4xlarge 16 8 65536 bw=12500,50000,25000,100000 nc=1,8,25,50,8,64,16,0 np=Up_to_50_Gigabit vc=1-8/1
        8xlarge 32 16 131072 bw=25000,100000 fl=ghadeprSTQ6 nc=1,8,50,50,16,128,32,2 np=50_Gigabit vc=1-16/1
        12xlarge 48 24 196608 bw=37500,150000 fl=gadeprSTQ6 nc=1,8,75,75,16,128,32,4 np=75_Gigabit vc=1-24/1
        16xlarge 64 32 262144 bw=50000,200000 fl=gadeprSTQ6 nc=1,15,100,100,16,240,32,1 ni=15,50,50 np=100_Gigabit vc=1-32/1
        24xlarge 96 48 393216 bw=75000,300000 fl=gadeprSTQ6 nc=1,15,150,150,32,480,32,9 ni=15,50,50 np=150_Gigabit vc=4-48/2
        32xlarge 128 64 524288 efa=2 fl=gadeprESTQ6 nc=2,8,200,200,32,256,32,4 ncp=Up_to_170_Gigabit ni=16,50,50 vc=4-64/2
        metal 128 64 524288 bm=l eb=drs31 efa=2 fl=gbadrEST6 hv= nc=2,8,200,200,32 ncp=Up_to_170_Gigabit ni=16,50,50 vt=
        = m7a bm=lu bw=40000,240000 cpu=AMD:3.7:x86_64 eb=drd32 ena=r fl=ghadepcrT6 hv=nitro nc=1,15,50,50,16 ni=15,50,50
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 4096 bw=325,2500,10000,40000 fl=ghadpcrT6 nc=1,2,0.39,12.5,1 ni=2,4,4 vt=
        large 2 2 8192 bw=650,3600,10000,40000 fl=ghadpcrT6 nc=1,3,0.781,12.5,2 ni=3,10,10 vc=1,2
        xlarge 4 4 16384 bw=1250,6000,10000,40000 nc=1,4,1.562,12.5,4 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 32768 bw=2500,12000,10000,40000 nc=1,4,3.125,12.5,8 ni=4,15,15 vc=1-8/1
        4xlarge 16 16 65536 bw=5000,20000,10000,40000 nc=1,8,6.25,12.5,8 ni=8,30,30 vc=1,2,4,6,8,10,12,14,16
        8xlarge 32 32 131072 bw=10000,40000 nc=1,8,12.5,12.5,8 ni=8,30,30 np=12.5_Gigabit vc=1,2,3,4,8,12,16,20,24,28,32
        12xlarge 48 48 196608 bw=15000,60000 fl=gadepcrST6 nc=1,8,18.75,18.75,8 ni=8,30,30 np=18.75_Gigabit
        + vc=1,2,3,4,5,6,12,18,24,30,36,42,48
        16xlarge 64 64 262144 bw=20000,80000 eb=drd48 fl=gadepcrST6 nc=1,15,25,25,8 np=25_Gigabit
        + vc=1,2,3,4,5,6,7,8,16,24,32,40,48,56,64
        24xlarge 96 96 393216 bw=30000,120000 eb=drd64 fl=gadepcrST6 nc=1,15,37.5,37.5,8 np=37.5_Gigabit
        + vc=1,2,3,4,5,6,7,8,9,10,11,12,24,36,48,60,72,84,96
        32xlarge 128 128 524288 bw=40000,160000 eb=drd88 fl=gadepcrST6 np=50_Gigabit
        + vc=4,6,8,10,12,14,16,32,48,64,80,96,112,128
        48xlarge 192 192 786432 eb=drd128 efa=1 fl=gadepcrEST6 np=50_Gigabit
        + vc=4,6,8,10,12,14,16,18,20,22,24,48,72,96,120,144,168,192
        metal-48xl 192 192 786432 bm=l eb=drd79 efa=1 fl=gbadcrEST6 hv= np=50_Gigabit vt=
        = m7g bm=u bw=20000,80000 cpu=AWS:2.6:arm64 eb=drs27 ena=r fl=ghadepcrT6 hv=nitro nc=1,15,30,30,8 ni=8,30,30
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 4096 bw=315,2500,10000,40000 fl=ghadpcrT6 nc=1,2,0.52,12.5,1 ni=2,4,4 vt=
        large 2 2 8192 bw=630,3600,10000,40000 nc=1,3,0.937,12.5,2 ni=3,10,10 vc=1,2
        xlarge 4 4 16384 bw=1250,6000,10000,40000 nc=1,4,1.876,12.5,4 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 32768 bw=2500,12000,10000,40000 nc=1,4,3.75,15,8 ni=4,15,15 np=Up_to_15_Gigabit vc=1-8/1
        4xlarge 16 16 65536 bw=5000,20000,10000,40000 nc=1,8,7.5,15,8 np=Up_to_15_Gigabit vc=1-16/1
        8xlarge 32 32 131072 bw=10000,40000 nc=1,8,15,15,8 np=15_Gigabit vc=1-32/1
        12xlarge 48 48 196608 bw=15000,60000 fl=gadepcrST6 nc=1,8,22.5,22.5,8 np=22.5_Gigabit vc=1-48/1
        16xlarge 64 64 262144 efa=1 fl=gadepcrEST6 ni=15,50,50 np=30_Gigabit vc=1-64/1
        metal 64 64 262144 eb=drs31 efa=1 fl=gbadcrEST6 hv= ni=15,50,50 np=30_Gigabit vt=
        = m7gd bm=u bw=20000,80000 cpu=AWS:2.6:arm64 ds=2x1900ssd:rr eb=drs26 ena=r fl=ghdepcT6 hv=nitro nc=1,15,30,30,8
        + ni=8,30,30 np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 4096 bw=315,2500,10000,40000 ds=1x59ssd:rr fl=ghdpcT6 nc=1,2,0.52,12.5,1 ni=2,4,4 vt=
        large 2 2 8192 bw=630,3600,10000,40000 ds=1x118ssd:rr nc=1,3,0.937,12.5,2 ni=3,10,10 vc=1,2
        xlarge 4 4 16384 bw=1250,6000,10000,40000 ds=1x237ssd:rr nc=1,4,1.876,12.5,4 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 32768 bw=2500,12000,10000,40000 ds=1x474ssd:rr nc=1,4,3.75,15,8 ni=4,15,15 np=Up_to_15_Gigabit vc=1-8/1
        4xlarge 16 16 65536 bw=5000,20000,10000,40000 ds=1x950ssd:rr nc=1,8,7.5,15,8 np=Up_to_15_Gigabit vc=1-16/1
        8xlarge 32 32 131072 bw=10000,40000 ds=1x1900ssd:rr nc=1,8,15,15,8 np=15_Gigabit vc=1-32/1
        12xlarge 48 48 196608 bw=15000,60000 ds=2x1425ssd:rr eb=drs25 fl=gdepcST6 nc=1,8,22.5,22.5,8 np=22.5_Gigabit vc=1-48/1
        16xlarge 64 64 262144 eb=drs25 efa=1 fl=gdepcEST6 ni=15,50,50 np=30_Gigabit vc=1-64/1
        metal 64 64 262144 eb=drs31 efa=1 fl=gbdcEST6 hv= ni=15,50,50 np=30_Gigabit vt=
        = m7i bm=lu bw=30000,120000 cpu=Intel:3.2:x86_64 eb=drd32 ena=r fl=ghadepcrT6 hv=nitro nc=1,15,37.5,37.5,8 ni=15,50,50
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 8192 bw=650,3600,10000,40000 fl=ghadpcrT6 nc=1,3,0.781,12.5,2 ni=3,10,10 vc=1
        xlarge 4 2 16384 bw=1250,6000,10000,40000 nc=1,4,1.562,12.5,4 ni=4,15,15 vc=1,2
        2xlarge 8 4 32768 bw=2500,12000,10000,40000 nc=1,4,3.125,12.5,8 ni=4,15,15 vc=1-4/1
        4xlarge 16 8 65536 bw=5000,20000,10000,40000 nc=1,8,6.25,12.5,8 ni=8,30,30 vc=1-8/1
        8xlarge 32 16 131072 bw=10000,40000 nc=1,8,12.5,12.5,8 ni=8,30,30 np=12.5_Gigabit vc=1-16/1
        12xlarge 48 24 196608 bw=15000,60000 fl=gadepcrST6 nc=1,8,18.75,18.75,8 ni=8,30,30 np=18.75_Gigabit vc=1-24/1
        16xlarge 64 32 262144 bw=20000,80000 eb=drd48 fl=gadepcrST6 nc=1,15,25,25,8 np=25_Gigabit vc=1-32/1
        24xlarge 96 48 393216 eb=drd64 fl=gaepcrST6 np=37.5_Gigabit vc=1-48/1
        48xlarge 192 96 786432 bw=40000,240000 eb=drd128 efa=1 fl=gaepcrEST6 nc=1,15,50,50,16 np=50_Gigabit vc=4-96/2
        metal-24xl 96 48 393216 bm=l eb=drd39 fl=gbacrST6 hv= np=37.5_Gigabit vt=
        metal-48xl 192 96 786432 bm=l bw=40000,240000 eb=drd79 efa=1 fl=gbadcrEST6 hv= nc=1,15,50,50,16 np=50_Gigabit vt=
        = m7i-flex bm=lu cpu=Intel:3.2:x86_64 eb=drd32 ena=r fl=ghaprT6 hv=nitro ni=8,30,30 np=Up_to_12.5_Gigabit pg=ps rd=e
        + tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 8192 bw=312,2500,10000,40000 fl=gfhaprT6 nc=1,3,0.39,12.5,1 ni=3,10,10 vc=1
        xlarge 4 2 16384 bw=625,3600,10000,40000 nc=1,4,0.781,12.5,2 ni=4,15,15 vc=1,2
        2xlarge 8 4 32768 bw=1250,6000,10000,40000 nc=1,4,1.562,12.5,4 ni=4,15,15 vc=1-4/1
        4xlarge 16 8 65536 bw=2500,12000,10000,40000 nc=1,8,3.125,12.5,4 vc=1-8/1
        8xlarge 32 16 131072 bw=5000,20000,10000,40000 nc=1,8,6.25,12.5,4 vc=1-16/1
        12xlarge 48 24 196608 bw=7500,30000,15000,60000 nc=1,8,9.375,18.75,4 np=Up_to_18.75_Gigabit vc=1-24/1
        16xlarge 64 32 262144 bw=10000,40000,20000,80000 eb=drd48 nc=1,15,12.5,25,4 ni=15,50,50 np=Up_to_25_Gigabit vc=1-32/1
        = m8g bm=u bw=30000,120000 cpu=AWS:2.8:arm64 eb=drd32 ena=r fl=ghadepcrT6 hv=nitro ni=15,50,50 np=Up_to_12.5_Gigabit
        + nw=default,ebs-1,vpc-1 pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 4096 bw=315,2500,10000,40000 fl=ghadpcrT6 nc=1,2,0.52,12.5,1 ni=2,4,4 vt=
        large 2 2 8192 bw=630,3600,10000,40000 nc=1,3,0.937,12.5,2 ni=3,10,10 vc=1,2
        xlarge 4 4 16384 bw=1250,6000,10000,40000 nc=1,4,1.875,12.5,4 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 32768 bw=2500,12000,10000,40000 nc=1,4,3.75,15,8 ni=4,15,15 np=Up_to_15_Gigabit vc=1-8/1
        4xlarge 16 16 65536 bw=5000,20000,10000,40000 nc=1,8,7.5,15,8 ni=8,30,30 np=Up_to_15_Gigabit vc=1-16/1
        8xlarge 32 32 131072 bw=10000,40000 nc=1,8,15,15,8 ni=8,30,30 np=15_Gigabit vc=1-32/1
        12xlarge 48 48 196608 bw=15000,60000 fl=gadepcrST6 nc=1,8,22.5,22.5,8 ni=8,30,30 np=22.5_Gigabit vc=1-48/1
        16xlarge 64 64 262144 bw=20000,80000 eb=drd48 fl=gadepcrST6 nc=1,15,30,30,8 np=30_Gigabit vc=1-64/1
        24xlarge 96 96 393216 eb=drd64 efa=1 fl=gadepcrEST6 nc=1,15,40,40,8 np=40_Gigabit vc=1-96/1
        48xlarge 192 192 786432 bw=40000,240000 cpu=AWS:2.7:arm64 eb=drd128 efa=1 fl=gadepcrEST6 nc=1,15,50,50,16 np=50_Gigabit
        + vc=4-192/2
        metal-24xl 96 96 393216 eb=drd39 efa=1 fl=gbadcrEST6 hv= nc=1,15,40,40,32 np=40_Gigabit vt=
        metal-48xl 192 192 786432 bw=40000,240000 cpu=AWS:2.7:arm64 eb=drd79 efa=1 fl=gbadcrEST6 hv= nc=1,15,50,50,32
        + np=50_Gigabit vt=
        = m8i bm=lu bw=60000,240000 cpu=Intel:3.9:x86_64 eb=drd32 ena=r fl=ghadepcrTQ6 hv=nitro nc=1,24,75,75,32,768,128,0
        + ni=24,64,64 np=Up_to_12.5_Gigabit nw=default,ebs-1,vpc-1 pf=nested-virtualization pg=cps rd=e tcp=350 th=2 uc=os vi=h
        + vt=1,2
        large 2 1 8192 bw=650,3600,10000,40000 fl=ghadpcrTQ6 nc=1,3,0.937,12.5,2,6,2,0 ni=3,20,20 vc=1
        xlarge 4 2 16384 bw=1250,6000,10000,40000 nc=1,4,1.875,12.5,4,16,4,0 ni=4,30,30 vc=1,2
        2xlarge 8 4 32768 bw=2500,12000,10000,40000 nc=1,4,3.75,15,8,32,8,0 ni=4,30,30 np=Up_to_15_Gigabit vc=1-4/1
        4xlarge 16 8 65536 bw=5000,20000,10000,40000 nc=1,8,7.5,15,8,64,16,0 ni=8,50,50 np=Up_to_15_Gigabit vc=1-8/1
        8xlarge 32 16 131072 bw=10000,40000 nc=1,10,15,15,8,128,32,0 ni=10,50,50 np=15_Gigabit vc=1-16/1
        12xlarge 48 24 196608 bw=15000,60000 fl=gadepcrTQ6 nc=1,12,22.5,22.5,16,192,64,0 ni=12,50,50 np=22.5_Gigabit vc=1-24/1
        16xlarge 64 32 262144 bw=20000,80000 eb=drd48 fl=gadepcrTQ6 nc=1,16,30,30,16,256,64,0 ni=16,64,64 np=30_Gigabit
        + vc=1-32/1
        24xlarge 96 48 393216 bw=30000,120000 eb=drd64 fl=gadepcrSTQ6 nc=1,16,40,40,16,384,128,0 ni=16,64,64 np=40_Gigabit
        + vc=4-48/2
        32xlarge 128 64 524288 bw=40000,160000 eb=drd88 fl=gadepcrSTQ6 nc=1,24,50,50,16,512,128,0 np=50_Gigabit vc=4-64/2
        48xlarge 192 96 786432 eb=drd128 efa=1 fl=gadepcrESTQ6 np=75_Gigabit vc=6-96/3
        96xlarge 384 192 1572864 bw=80000,480000 eb=drd128 efa=1 fl=gadepcrESTQ6 nc=1,24,100,100,32,1536,128,0 np=100_Gigabit
        + vc=12-192/6
        metal-48xl 192 96 786432 bm=l eb=drd64 efa=1 fl=gbadcESTQ6 hv= np=75_Gigabit pf= vt=
        metal-96xl 384 192 1572864 bm=l bw=80000,480000 eb=drd79 efa=1 fl=gbadcESTQ6 hv= nc=1,24,100,100,32,1536,128,0
        + np=100_Gigabit pf= vt=
        = m8i-flex bm=lu cpu=Intel:3.9:x86_64 eb=drd32 ena=r fl=ghapcrTQ6 hv=nitro ni=4,30,30 np=Up_to_15_Gigabit
        + nw=default,ebs-1,vpc-1 pf=nested-virtualization pg=ps rd=e tcp=350 th=2 uc=os vi=h vt=1,2
        large 2 1 8192 bw=315,2500,10000,40000 nc=1,3,0.468,12.5,1,3,1,0 ni=3,20,20 np=Up_to_12.5_Gigabit vc=1
        xlarge 4 2 16384 bw=630,3600,10000,40000 nc=1,4,0.937,12.5,2,8,2,0 np=Up_to_12.5_Gigabit vc=1,2
        2xlarge 8 4 32768 bw=1250,6000,10000,40000 nc=1,4,1.875,15,4,16,4,0 vc=1-4/1
        4xlarge 16 8 65536 bw=2500,12000,10000,40000 nc=1,8,3.75,15,4,32,8,0 ni=8,50,50 vc=1-8/1
        8xlarge 32 16 131072 bw=5000,20000,10000,40000 nc=1,10,7.5,15,4,64,16,0 ni=10,50,50 vc=1-16/1
        12xlarge 48 24 196608 bw=7500,30000,15000,60000 fl=gapcrTQ6 nc=1,12,11.25,22.5,8,96,32,0 ni=12,50,50
        + np=Up_to_22.5_Gigabit vc=1-24/1
        16xlarge 64 32 262144 bw=10000,40000,20000,80000 eb=drd48 fl=gapcrTQ6 nc=1,16,15,30,8,128,32,0 ni=16,64,64
        + np=Up_to_30_Gigabit vc=1-32/1
        = mac1 bm=l bw=14000,80000 cpu=Intel:3.2:x86_64_mac eb=drs16 ena=r fl=gbd6 nc=1,8,25,25,8 ni=8,30,30 np=25_Gigabit
        + pg=ps rd=e tcp=432000 th=2 uc=o vi=h
        metal 12 6 32768
        = mac2 bm=l bw=10000,55000 cpu=Apple:3.2:arm64_mac eb=drs10 ena=r fl=gbd6 nc=1,8,10,10,32 ni=8,30,30 np=10_Gigabit
        + pg=ps rd=e tcp=432000 th=2 uc=o vi=h
        metal 8 4 16384
        = t1 bm=l cpu=Intel::i386,x86_64 eb=uus39 ena=u fl=ar hv=xen nc=1,2,0.07,0.28,1 ni=2,2,0 np=Very_Low pg=ps rd=e
        + tcp=432000 th=1 uc=os vi=hp
        micro 1 1 627
        = t2 bm=l cpu=Intel:2.3:x86_64 eb=uus40 ena=u fl=gBhar6 hv=xen ni=2,2,2 np=Low_to_Moderate pg=ps rd=e tcp=432000 th=1
        + uc=os vi=h
        nano 1 1 512 cpu=Intel:2.4:i386,x86_64 nc=1,2,0.032,0.512,1 uc=o
        micro 1 1 1024 cpu=Intel:2.5:i386,x86_64 nc=1,2,0.064,1.024,1
        small 1 1 2048 cpu=Intel:2.5:i386,x86_64 nc=1,3,0.128,1.024,1 ni=3,4,4
        medium 2 2 4096 cpu=Intel:2.3:i386,x86_64 nc=1,3,0.256,1.024,1 ni=3,6,6
        large 2 2 8192 nc=1,3,0.512,1.024,1 ni=3,12,12
        xlarge 4 4 16384 nc=1,3,0.75,1.024,1 ni=3,15,15 np=Moderate
        2xlarge 8 8 32768 nc=1,3,1,1.024,1 ni=3,15,15 np=Moderate
        = t3 bm=lu bw=695,4000,2780,15700 cpu=Intel:2.5:x86_64 eb=drs27 ena=r fl=gBhadpr6 hv=nitro ni=2,2,2 np=Up_to_5_Gigabit
        + pg=ps rd=e tcp=432000 th=2 uc=os vc=1 vi=h vt=1,2
        nano 2 1 512 bw=43,250,2085,11800 nc=1,2,0.032,5,2
        micro 2 1 1024 bw=87,500,2085,11800 fl=gfBhadpr6 nc=1,2,0.064,5,2
        small 2 1 2048 bw=174,1000,2085,11800 fl=gfBhadpr6 nc=1,3,0.128,5,2 ni=3,4,4
        medium 2 1 4096 bw=347,2000,2085,11800 nc=1,3,0.256,5,2 ni=3,6,6
        large 2 1 8192 nc=1,3,0.512,5,2 ni=3,12,12
        xlarge 4 2 16384 nc=1,4,1.024,5,4 ni=4,15,15 vc=2
        2xlarge 8 4 32768 nc=1,4,2.048,5,8 ni=4,15,15 vc=2,4
        = t3a bm=lu bw=695,4000,2780,15700 cpu=AMD:2.2:x86_64 eb=drs27 ena=r fl=gBhapr6 hv=nitro ni=2,2,2 np=Up_to_5_Gigabit
        + pg=ps rd=e tcp=432000 th=2 uc=os vc=1 vi=h vt=1,2
        nano 2 1 512 bw=45,250,2085,11800 nc=1,2,0.032,5,8
        micro 2 1 1024 bw=90,500,2085,11800 nc=1,2,0.064,5,8
        small 2 1 2048 bw=175,1000,2085,11800 nc=1,2,0.128,5,8 ni=2,4,4
        medium 2 1 4096 bw=350,2000,2085,11800 nc=1,3,0.256,5,8 ni=3,6,6
        large 2 1 8192 nc=1,3,0.512,5,8 ni=3,12,12
        xlarge 4 2 16384 nc=1,4,1.024,5,8 ni=4,15,15 vc=2
        2xlarge 8 4 32768 nc=1,4,2.048,5,8 ni=4,15,15 vc=2,4
        = t4g bm=u bw=695,4000,2780,15700 cpu=AWS:2.5:arm64 eb=drs27 ena=r fl=gBhapr6 hv=nitro ni=2,2,2 np=Up_to_5_Gigabit
        + pg=ps rd=e tcp=432000 th=1 uc=os vc=1,2 vi=h vt=1
        nano 2 2 512 bw=43,250,2085,11800 nc=1,2,0.032,5,2
        micro 2 2 1024 bw=87,500,2085,11800 fl=gfBhapr6 nc=1,2,0.064,5,2
        small 2 2 2048 bw=174,1000,2085,11800 fl=gfBhapr6 nc=1,3,0.128,5,2 ni=3,4,4
        medium 2 2 4096 bw=347,2000,2085,11800 nc=1,3,0.256,5,2 ni=3,6,6
        large 2 2 8192 nc=1,3,0.512,5,2 ni=3,12,12
        xlarge 4 4 16384 nc=1,4,1.024,5,4 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 32768 nc=1,4,2.048,5,8 ni=4,15,15 vc=1-8/1
        """
}
