// Written by tools/catalogue/instance-types; InstanceTypeTable.swift explains the keys.
extension InstanceTypeTable {
    static let memoryOptimized = """
        = r3 bm=l cpu=Intel:2.5:x86_64 eb=sus39 ena=u fl=had6 hv=xen ni=4,15,15 np=Moderate pg=cps rd=ei tcp=432000 th=2 uc=os
        + vi=h vt=1,2
        large 2 1 15360 ds=1x32ssd:uu eb=uus39 nc=1,3,0.5,1.2,8 ni=3,10,10 vc=1
        xlarge 4 2 31232 bw=500,4000 ds=1x80ssd:uu nc=1,4,0.7,2.8,8 vc=1,2
        2xlarge 8 4 62464 bw=1000,8000 ds=1x160ssd:uu nc=1,4,1,10,8 np=High vc=1-4/1
        4xlarge 16 8 124928 bw=2000,16000 ds=1x320ssd:uu nc=1,8,2,10,8 ni=8,30,30 np=High vc=1-8/1
        8xlarge 32 16 249856 ds=2x320ssd:uu eb=uus39 fl=ad6 nc=1,8,5,10,8 ni=8,30,30 np=10_Gigabit vc=2-16/2
        = r4 bm=l cpu=Intel:2.3:x86_64 eb=dus40 ena=s fl=hadr6 hv=xen ni=4,15,15 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000
        + th=2 uc=os vi=h vt=1,2
        large 2 1 15616 bw=425,3000 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 31232 bw=850,6000 nc=1,4,1.25,10,8 vc=1,2
        2xlarge 8 4 62464 bw=1700,12000 nc=1,4,2.5,10,8 vc=1-4/1
        4xlarge 16 8 124928 bw=3500,18750 nc=1,8,5,10,8 ni=8,30,30 vc=1-8/1
        8xlarge 32 16 249856 bw=7000,37500 fl=adr6 nc=1,8,12,12,8 ni=8,30,30 np=10_Gigabit vc=1-16/1
        16xlarge 64 32 499712 bw=14000,75000 fl=adr6 nc=1,15,25,25,8 ni=15,50,50 np=25_Gigabit vc=2-32/2
        = r5 bm=lu bw=19000,80000 cpu=Intel:3.1:x86_64 eb=drs27 ena=r fl=adepr6 hv=nitro nc=1,15,25,25,8 ni=8,30,30
        + np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=650,3600,4750,18750 fl=hadpr6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=1150,6000,4750,18750 fl=hadepr6 nc=1,4,1.25,10,8 ni=4,15,15 vc=2
        2xlarge 8 4 65536 bw=2300,12000,4750,18750 fl=hadepr6 nc=1,4,2.5,10,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 131072 bw=4750,18750 fl=hadepr6 nc=1,8,5,10,8 vc=2-8/2
        8xlarge 32 16 262144 bw=6800,30000 nc=1,8,10,10,8 np=10_Gigabit vc=2-16/2
        12xlarge 48 24 393216 bw=9500,40000 nc=1,8,12,12,8 np=12_Gigabit vc=2-24/2
        16xlarge 64 32 524288 bw=13600,60000 nc=1,15,20,20,8 ni=15,50,50 np=20_Gigabit vc=2-32/2
        24xlarge 96 48 786432 ni=15,50,50 np=25_Gigabit vc=4-48/2
        metal 96 48 786432 bm=l eb=drs31 fl=badr6 hv= ni=15,50,50 np=25_Gigabit vt=
        = r5a bm=lu cpu=AMD:2.5:x86_64 eb=drs27 ena=r fl=gaepr6 hv=nitro ni=8,30,30 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000
        + th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=650,3600,2880,16000 fl=ghapr6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=1085,6000,2880,16000 fl=ghaepr6 nc=1,4,1.25,10,8 ni=4,15,15 vc=2
        2xlarge 8 4 65536 bw=1580,8333,2880,16000 fl=ghaepr6 nc=1,4,2.5,10,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 131072 bw=2880,16000 fl=ghaepr6 nc=1,8,5,10,8 vc=2-8/2
        8xlarge 32 16 262144 bw=4750,20000 nc=1,8,7.5,10,8 vc=4-16/2
        12xlarge 48 24 393216 bw=6780,30000 nc=1,8,10,10,8 np=10_Gigabit vc=6-24/6
        16xlarge 64 32 524288 bw=9500,40000 nc=1,15,12,12,8 ni=15,50,50 np=12_Gigabit vc=8-32/2
        24xlarge 96 48 786432 bw=13570,60000 nc=1,15,20,20,8 ni=15,50,50 np=20_Gigabit vc=12,18,24,36,48
        = r5ad bm=lu cpu=AMD:2.2:x86_64 eb=drs26 ena=r fl=gep6 hv=nitro ni=8,30,30 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000
        + th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=650,3600,2880,16000 ds=1x75ssd:rr fl=ghp6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=1085,6000,2880,16000 ds=1x150ssd:rr fl=ghep6 nc=1,4,1.25,10,8 ni=4,15,15 vc=2
        2xlarge 8 4 65536 bw=1580,8333,2880,16000 ds=1x300ssd:rr fl=ghep6 nc=1,4,2.5,10,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 131072 bw=2880,16000 ds=2x300ssd:rr eb=drs25 fl=ghep6 nc=1,8,5,10,8 vc=2-8/2
        8xlarge 32 16 262144 bw=4750,20000 cpu=AMD:2.5:x86_64 ds=2x600ssd:rr eb=drs25 nc=1,8,7.5,10,8 vc=4-16/2
        12xlarge 48 24 393216 bw=6780,30000 ds=2x900ssd:rr eb=drs25 nc=1,8,10,10,8 np=10_Gigabit vc=6-24/6
        16xlarge 64 32 524288 bw=9500,40000 cpu=AMD:2.5:x86_64 ds=4x600ssd:rr eb=drs23 nc=1,15,12,12,8 ni=15,50,50
        + np=12_Gigabit vc=8-32/2
        24xlarge 96 48 786432 bw=13570,60000 ds=4x900ssd:rr eb=drs23 nc=1,15,20,20,8 ni=15,50,50 np=20_Gigabit
        + vc=12,18,24,36,48
        = r5b bm=lu bw=60000,260000 cpu=Intel:3.1:x86_64 eb=drs27 ena=r fl=gadepr6 hv=nitro nc=1,15,25,25,8 ni=8,30,30
        + np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=1250,5417,10000,43333 fl=gadpr6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=2500,10833,10000,43333 nc=1,4,1.25,10,8 ni=4,15,15 vc=1,2
        2xlarge 8 4 65536 bw=5000,21667,10000,43333 nc=1,4,2.5,10,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 131072 bw=10000,43333 nc=1,8,5,10,8 vc=2-8/2
        8xlarge 32 16 262144 bw=20000,86667 nc=1,8,10,10,8 np=10_Gigabit vc=2-16/2
        12xlarge 48 24 393216 bw=30000,130000 nc=1,8,12,12,8 np=12_Gigabit vc=2-24/2
        16xlarge 64 32 524288 bw=40000,173333 nc=1,15,20,20,8 ni=15,50,50 np=20_Gigabit vc=2-32/2
        24xlarge 96 48 786432 ni=15,50,50 np=25_Gigabit vc=2-48/2
        metal 96 48 786432 bm=l eb=drs31 fl=gbadr6 hv= ni=15,50,50 np=25_Gigabit vt=
        = r5d bm=lu bw=19000,80000 cpu=Intel:3.1:x86_64 ds=4x900ssd:rr eb=drs26 ena=r fl=gdep6 hv=nitro nc=1,15,25,25,8
        + ni=8,30,30 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=650,3600,4750,18750 ds=1x75ssd:rr fl=ghdp6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=1150,6000,4750,18750 ds=1x150ssd:rr fl=ghdep6 nc=1,4,1.25,10,8 ni=4,15,15 vc=2
        2xlarge 8 4 65536 bw=2300,12000,4750,18750 ds=1x300ssd:rr fl=ghdep6 nc=1,4,2.5,10,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 131072 bw=4750,18750 ds=2x300ssd:rr eb=drs25 fl=ghdep6 nc=1,8,5,10,8 vc=2-8/2
        8xlarge 32 16 262144 bw=6800,30000 ds=2x600ssd:rr eb=drs25 nc=1,8,10,10,8 np=10_Gigabit vc=2-16/2
        12xlarge 48 24 393216 bw=9500,40000 ds=2x900ssd:rr eb=drs25 nc=1,8,12,12,8 np=12_Gigabit vc=2-24/2
        16xlarge 64 32 524288 bw=13600,60000 ds=4x600ssd:rr eb=drs23 nc=1,15,20,20,8 ni=15,50,50 np=20_Gigabit vc=2-32/2
        24xlarge 96 48 786432 eb=drs23 ni=15,50,50 np=25_Gigabit vc=4-48/2
        metal 96 48 786432 bm=l eb=drs31 fl=gbd6 hv= ni=15,50,50 np=25_Gigabit vt=
        = r5dn bm=lu bw=19000,80000 cpu=Intel:3.1:x86_64 ds=4x900ssd:rr eb=drs26 ena=r fl=gdepT6 hv=nitro nc=1,15,100,100,32
        + ni=8,30,30 np=Up_to_25_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=650,3600,4750,18750 ds=1x75ssd:rr fl=gdpT6 nc=1,3,2.1,25,8 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=1150,6000,4750,18750 ds=1x150ssd:rr nc=1,4,4.1,25,8 ni=4,15,15 vc=1,2
        2xlarge 8 4 65536 bw=2300,12000,4750,18750 ds=1x300ssd:rr nc=1,4,8.125,25,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 131072 bw=4750,18750 ds=2x300ssd:rr eb=drs25 nc=1,8,16.25,25,32 vc=2-8/2
        8xlarge 32 16 262144 bw=6800,30000 ds=2x600ssd:rr eb=drs25 nc=1,8,25,25,32 np=25_Gigabit vc=2-16/2
        12xlarge 48 24 393216 bw=9500,40000 ds=2x900ssd:rr eb=drs25 nc=1,8,50,50,32 np=50_Gigabit vc=2-24/2
        16xlarge 64 32 524288 bw=13600,60000 ds=4x600ssd:rr eb=drs23 nc=1,15,75,75,32 ni=15,50,50 np=75_Gigabit vc=2-32/2
        24xlarge 96 48 786432 eb=drs23 efa=1 fl=gdepET6 ni=15,50,50 np=100_Gigabit vc=2-48/2
        metal 96 48 786432 bm=l eb=drs31 efa=1 fl=gbdET6 hv= ni=15,50,50 np=100_Gigabit vt=
        = r5n bm=lu bw=19000,80000 cpu=Intel:3.1:x86_64 eb=drs27 ena=r fl=gadeprT6 hv=nitro nc=1,15,100,100,32 ni=8,30,30
        + np=Up_to_25_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=650,3600,4750,18750 fl=gadprT6 nc=1,3,2.1,25,8 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=1150,6000,4750,18750 nc=1,4,4.1,25,8 ni=4,15,15 vc=1,2
        2xlarge 8 4 65536 bw=2300,12000,4750,18750 nc=1,4,8.125,25,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 131072 bw=4750,18750 nc=1,8,16.25,25,32 vc=2-8/2
        8xlarge 32 16 262144 bw=6800,30000 nc=1,8,25,25,32 np=25_Gigabit vc=2-16/2
        12xlarge 48 24 393216 bw=9500,40000 nc=1,8,50,50,32 np=50_Gigabit vc=2-24/2
        16xlarge 64 32 524288 bw=13600,60000 nc=1,15,75,75,32 ni=15,50,50 np=75_Gigabit vc=2-32/2
        24xlarge 96 48 786432 efa=1 fl=gadeprET6 ni=15,50,50 np=100_Gigabit vc=2-48/2
        metal 96 48 786432 bm=l eb=drs31 efa=1 fl=gbadrET6 hv= ni=15,50,50 np=100_Gigabit vt=
        = r6a bm=lu bw=40000,240000 cpu=AMD:3.6:x86_64 eb=drs27 ena=r fl=gadeprST6 hv=nitro nc=1,15,50,50,8 ni=15,50,50
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=650,3600,10000,40000 fl=ghadprT6 nc=1,3,0.781,12.5,2 ni=3,10,10 pf=amd-sev-snp vc=1
        xlarge 4 2 32768 bw=1250,6000,10000,40000 fl=ghadeprT6 nc=1,4,1.562,12.5,4 ni=4,15,15 pf=amd-sev-snp vc=1,2
        2xlarge 8 4 65536 bw=2500,12000,10000,40000 fl=ghadeprT6 nc=1,4,3.125,12.5,8 ni=4,15,15 pf=amd-sev-snp vc=1-4/1
        4xlarge 16 8 131072 bw=5000,20000,10000,40000 fl=ghadeprT6 nc=1,8,6.25,12.5,8 ni=8,30,30 pf=amd-sev-snp vc=1-8/1
        8xlarge 32 16 262144 bw=10000,40000 fl=gadeprT6 nc=1,8,12.5,12.5,8 ni=8,30,30 np=12.5_Gigabit vc=4-16/2
        12xlarge 48 24 393216 bw=15000,60000 nc=1,8,18.75,18.75,8 ni=8,30,30 np=18.75_Gigabit vc=1,2,3,4,5,6,7,8,16,24
        16xlarge 64 32 524288 bw=20000,80000 nc=1,15,25,25,8 np=25_Gigabit vc=4,6,8,10,12,14,16,32
        24xlarge 96 48 786432 bw=30000,120000 nc=1,15,37.5,37.5,8 np=37.5_Gigabit vc=4,6,8,10,12,14,16,32,48
        32xlarge 128 64 1048576 bw=40000,160000 np=50_Gigabit vc=8,12,16,20,24,28,32,64
        48xlarge 192 96 1572864 efa=1 fl=gadeprEST6 np=50_Gigabit vc=8,12,16,20,24,28,32,64,96
        metal 192 96 1572864 bm=l eb=drs31 efa=1 fl=gbadrEST6 hv= np=50_Gigabit vt=
        = r6g bm=u bw=19000,80000 cpu=AWS:2.5:arm64 eb=drs27 ena=r fl=ghadepr6 hv=nitro nc=1,15,25,25,8 ni=8,30,30
        + np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 8192 bw=315,2500,4750,20000 fl=ghadpr6 nc=1,2,0.5,10,8 ni=2,4,4 vt=
        large 2 2 16384 bw=630,3600,4750,20000 nc=1,3,0.75,10,8 ni=3,10,10 vc=1,2
        xlarge 4 4 32768 bw=1188,6000,4750,20000 nc=1,4,1.25,10,8 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 65536 bw=2375,12000,4750,20000 nc=1,4,2.5,10,8 ni=4,15,15 vc=1-8/1
        4xlarge 16 16 131072 bw=4750,20000 nc=1,8,5,10,8 vc=1-16/1
        8xlarge 32 32 262144 bw=9500,40000 fl=gadepr6 nc=1,8,12,12,8 np=12_Gigabit vc=1-32/1
        12xlarge 48 48 393216 bw=14250,50000 fl=gadepr6 nc=1,8,20,20,8 np=20_Gigabit vc=1-48/1
        16xlarge 64 64 524288 fl=gadepr6 ni=15,50,50 np=25_Gigabit vc=1-64/1
        metal 64 64 524288 eb=drs31 fl=gbadr6 hv= ni=15,50,50 np=25_Gigabit vt=
        = r6gd bm=u bw=19000,80000 cpu=AWS:2.5:arm64 ds=2x1900ssd:rr eb=drs26 ena=r fl=ghdep6 hv=nitro nc=1,15,25,25,8
        + ni=8,30,30 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 8192 bw=315,2500,4750,20000 ds=1x59ssd:rr fl=ghdp6 nc=1,2,0.5,10,8 ni=2,4,4 vt=
        large 2 2 16384 bw=630,3600,4750,20000 ds=1x118ssd:rr nc=1,3,0.75,10,8 ni=3,10,10 vc=1,2
        xlarge 4 4 32768 bw=1188,6000,4750,20000 ds=1x237ssd:rr nc=1,4,1.25,10,8 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 65536 bw=2375,12000,4750,20000 ds=1x474ssd:rr nc=1,4,2.5,10,8 ni=4,15,15 vc=1-8/1
        4xlarge 16 16 131072 bw=4750,20000 ds=1x950ssd:rr nc=1,8,5,10,8 vc=1-16/1
        8xlarge 32 32 262144 bw=9500,40000 ds=1x1900ssd:rr fl=gdep6 nc=1,8,12,12,8 np=12_Gigabit vc=1-32/1
        12xlarge 48 48 393216 bw=14250,50000 ds=2x1425ssd:rr eb=drs25 fl=gdep6 nc=1,8,20,20,8 np=20_Gigabit vc=1-48/1
        16xlarge 64 64 524288 eb=drs25 fl=gdep6 ni=15,50,50 np=25_Gigabit vc=1-64/1
        metal 64 64 524288 eb=drs31 fl=gbd6 hv= ni=15,50,50 np=25_Gigabit vt=
        = r6i bm=lu bw=40000,160000 cpu=Intel:3.5:x86_64 eb=drs27 ena=r fl=adeprSTQ6 hv=nitro ni=15,50,50 np=Up_to_12.5_Gigabit
        + pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=650,3600,10000,40000 fl=adprTQ6 nc=1,3,0.781,12.5,2,6,2,0 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=1250,6000,10000,40000 fl=adeprTQ6 nc=1,4,1.562,12.5,4,16,4,0 ni=4,15,15 vc=1,2
        2xlarge 8 4 65536 bw=2500,12000,10000,40000 fl=adeprTQ6 nc=1,4,3.125,12.5,8,32,8,0 ni=4,15,15 vc=2,4
        4xlarge 16 8 131072 bw=5000,20000,10000,40000 fl=adeprTQ6 nc=1,8,6.25,12.5,8,64,16,0 ni=8,30,30 vc=2-8/2
        8xlarge 32 16 262144 bw=10000,40000 nc=1,8,12.5,12.5,8,64,32,0 ni=8,30,30 np=12.5_Gigabit vc=2-16/2
        12xlarge 48 24 393216 bw=15000,60000 nc=1,8,18.75,18.75,8,64,32,0 ni=8,30,30 np=18.75_Gigabit vc=2-24/2
        16xlarge 64 32 524288 bw=20000,80000 nc=1,15,25,25,8,120,32,0 np=25_Gigabit vc=2-32/2
        24xlarge 96 48 786432 bw=30000,120000 nc=1,15,37.5,37.5,8,120,32,0 np=37.5_Gigabit vc=2-48/2
        32xlarge 128 64 1048576 efa=1 fl=adeprESTQ6 nc=1,15,50,50,8,120,32,0 np=50_Gigabit vc=2-64/2
        metal 128 64 1048576 bm=l eb=drs31 efa=1 fl=badrEST6 hv= nc=1,15,50,50,8,,32 np=50_Gigabit vt=
        = r6id bm=lu bw=40000,160000 cpu=Intel:3.5:x86_64 ds=4x1900ssd:rr eb=drs26 ena=r fl=gdepSTQ6 hv=nitro ni=15,50,50
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=650,3600,10000,40000 ds=1x118ssd:rr fl=gdpTQ6 nc=1,3,0.781,12.5,2,6,2,0 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=1250,6000,10000,40000 ds=1x237ssd:rr fl=gdepTQ6 nc=1,4,1.562,12.5,4,16,4,0 ni=4,15,15 vc=1,2
        2xlarge 8 4 65536 bw=2500,12000,10000,40000 ds=1x474ssd:rr fl=gdepTQ6 nc=1,4,3.125,12.5,8,32,8,0 ni=4,15,15 vc=2,4
        4xlarge 16 8 131072 bw=5000,20000,10000,40000 ds=1x950ssd:rr fl=gdepTQ6 nc=1,8,6.25,12.5,8,64,16,0 ni=8,30,30 vc=2-8/2
        8xlarge 32 16 262144 bw=10000,40000 ds=1x1900ssd:rr nc=1,8,12.5,12.5,8,64,32,0 ni=8,30,30 np=12.5_Gigabit vc=2-16/2
        12xlarge 48 24 393216 bw=15000,60000 ds=2x1425ssd:rr eb=drs25 nc=1,8,18.75,18.75,8,64,32,0 ni=8,30,30 np=18.75_Gigabit
        + vc=2-24/2
        16xlarge 64 32 524288 bw=20000,80000 ds=2x1900ssd:rr eb=drs25 nc=1,15,25,25,8,120,32,0 np=25_Gigabit vc=2-32/2
        24xlarge 96 48 786432 bw=30000,120000 ds=4x1425ssd:rr eb=drs23 nc=1,15,37.5,37.5,8,120,32,0 np=37.5_Gigabit vc=2-48/2
        32xlarge 128 64 1048576 eb=drs23 efa=1 fl=gdepESTQ6 nc=1,15,50,50,8,120,32,0 np=50_Gigabit vc=2-64/2
        metal 128 64 1048576 bm=l eb=drs31 efa=1 fl=gbdEST6 hv= nc=1,15,50,50,8,,32 np=50_Gigabit vt=
        = r6in bm=lu bw=100000,400000 cpu=Intel:3.5:x86_64 eb=drs27 ena=r fl=gadeprSTQ6 hv=nitro ni=8,30,30 np=200_Gigabit
        + pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=1562,6250,25000,100000 fl=ghadprTQ6 nc=1,3,3.125,25,2,6,2,0 ni=3,10,10 np=Up_to_25_Gigabit vc=1
        xlarge 4 2 32768 bw=3125,12500,25000,100000 fl=ghadeprTQ6 nc=1,4,6.25,30,4,16,4,0 ni=4,15,15 np=Up_to_30_Gigabit vc=1,2
        2xlarge 8 4 65536 bw=6250,25000,25000,100000 fl=ghadeprTQ6 nc=1,4,12.5,40,8,32,8,0 ni=4,15,15 np=Up_to_40_Gigabit
        + vc=1-4/1
        4xlarge 16 8 131072 bw=12500,50000,25000,100000 fl=ghadeprTQ6 nc=1,8,25,50,8,64,16,0 np=Up_to_50_Gigabit vc=1-8/1
        8xlarge 32 16 262144 bw=25000,100000 nc=1,8,50,50,16,128,32,2 np=50_Gigabit vc=1-16/1
        12xlarge 48 24 393216 bw=37500,150000 nc=1,8,75,75,16,128,32,4 np=75_Gigabit vc=1-24/1
        16xlarge 64 32 524288 bw=50000,200000 nc=1,15,100,100,16,240,32,1 ni=15,50,50 np=100_Gigabit vc=1-32/1
        24xlarge 96 48 786432 bw=75000,300000 nc=1,15,150,150,32,480,32,9 ni=15,50,50 np=150_Gigabit vc=4-48/2
        32xlarge 128 64 1048576 efa=2 fl=gadeprESTQ6 nc=2,8,200,200,32,256,32,4 ncp=Up_to_170_Gigabit ni=16,50,50 vc=4-64/2
        metal 128 64 1048576 bm=l eb=drs31 efa=2 fl=gbadrEST6 hv= nc=2,8,200,200,32 ncp=Up_to_170_Gigabit ni=16,50,50 vt=
        = r7a bm=lu bw=40000,240000 cpu=AMD:3.7:x86_64 eb=drd32 ena=r fl=gadepcrST6 hv=nitro nc=1,15,50,50,16 ni=15,50,50
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 8192 bw=325,2500,10000,40000 fl=ghadpcrT6 nc=1,2,0.39,12.5,1 ni=2,4,4 vt=
        large 2 2 16384 bw=650,3600,10000,40000 fl=ghadpcrT6 nc=1,3,0.781,12.5,2 ni=3,10,10 vc=1,2
        xlarge 4 4 32768 bw=1250,6000,10000,40000 fl=ghadepcrT6 nc=1,4,1.562,12.5,4 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 65536 bw=2500,12000,10000,40000 fl=ghadepcrT6 nc=1,4,3.125,12.5,8 ni=4,15,15 vc=1-8/1
        4xlarge 16 16 131072 bw=5000,20000,10000,40000 fl=ghadepcrT6 nc=1,8,6.25,12.5,8 ni=8,30,30 vc=1,2,4,6,8,10,12,14,16
        8xlarge 32 32 262144 bw=10000,40000 fl=gadepcrT6 nc=1,8,12.5,12.5,8 ni=8,30,30 np=12.5_Gigabit
        + vc=1,2,3,4,8,12,16,20,24,28,32
        12xlarge 48 48 393216 bw=15000,60000 nc=1,8,18.75,18.75,8 ni=8,30,30 np=18.75_Gigabit
        + vc=1,2,3,4,5,6,12,18,24,30,36,42,48
        16xlarge 64 64 524288 bw=20000,80000 eb=drd48 nc=1,15,25,25,8 np=25_Gigabit vc=1,2,3,4,5,6,7,8,16,24,32,40,48,56,64
        24xlarge 96 96 786432 bw=30000,120000 eb=drd64 nc=1,15,37.5,37.5,8 np=37.5_Gigabit
        + vc=1,2,3,4,5,6,7,8,9,10,11,12,24,36,48,60,72,84,96
        32xlarge 128 128 1048576 bw=40000,160000 eb=drd88 np=50_Gigabit vc=4,6,8,10,12,14,16,32,48,64,80,96,112,128
        48xlarge 192 192 1572864 eb=drd128 efa=1 fl=gadepcrEST6 np=50_Gigabit
        + vc=4,6,8,10,12,14,16,18,20,22,24,48,72,96,120,144,168,192
        metal-48xl 192 192 1572864 bm=l eb=drd79 efa=1 fl=gbadcrEST6 hv= np=50_Gigabit vt=
        = r7g bm=u bw=20000,80000 cpu=AWS:2.6:arm64 eb=drs27 ena=r fl=ghadepcrT6 hv=nitro nc=1,15,30,30,8 ni=8,30,30
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 8192 bw=315,2500,10000,40000 fl=ghadpcrT6 nc=1,2,0.52,12.5,1 ni=2,4,4 vt=
        large 2 2 16384 bw=630,3600,10000,40000 nc=1,3,0.937,12.5,2 ni=3,10,10 vc=1,2
        xlarge 4 4 32768 bw=1250,6000,10000,40000 nc=1,4,1.876,12.5,4 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 65536 bw=2500,12000,10000,40000 nc=1,4,3.75,15,8 ni=4,15,15 np=Up_to_15_Gigabit vc=1-8/1
        4xlarge 16 16 131072 bw=5000,20000,10000,40000 nc=1,8,7.5,15,8 np=Up_to_15_Gigabit vc=1-16/1
        8xlarge 32 32 262144 bw=10000,40000 fl=gadepcrT6 nc=1,8,15,15,8 np=15_Gigabit vc=1-32/1
        12xlarge 48 48 393216 bw=15000,60000 fl=gadepcrST6 nc=1,8,22.5,22.5,8 np=22.5_Gigabit vc=1-48/1
        16xlarge 64 64 524288 efa=1 fl=gadepcrEST6 ni=15,50,50 np=30_Gigabit vc=1-64/1
        metal 64 64 524288 eb=drs31 efa=1 fl=gbadcrEST6 hv= ni=15,50,50 np=30_Gigabit vt=
        = r7gd bm=u bw=20000,80000 cpu=AWS:2.6:arm64 ds=2x1900ssd:rr eb=drs26 ena=r fl=ghdepcT6 hv=nitro nc=1,15,30,30,8
        + ni=8,30,30 np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 8192 bw=315,2500,10000,40000 ds=1x59ssd:rr fl=ghdpcT6 nc=1,2,0.52,12.5,1 ni=2,4,4 vt=
        large 2 2 16384 bw=630,3600,10000,40000 ds=1x118ssd:rr nc=1,3,0.937,12.5,2 ni=3,10,10 vc=1,2
        xlarge 4 4 32768 bw=1250,6000,10000,40000 ds=1x237ssd:rr nc=1,4,1.876,12.5,4 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 65536 bw=2500,12000,10000,40000 ds=1x474ssd:rr nc=1,4,3.75,15,8 ni=4,15,15 np=Up_to_15_Gigabit vc=1-8/1
        4xlarge 16 16 131072 bw=5000,20000,10000,40000 ds=1x950ssd:rr nc=1,8,7.5,15,8 np=Up_to_15_Gigabit vc=1-16/1
        8xlarge 32 32 262144 bw=10000,40000 ds=1x1900ssd:rr fl=gdepcT6 nc=1,8,15,15,8 np=15_Gigabit vc=1-32/1
        12xlarge 48 48 393216 bw=15000,60000 ds=2x1425ssd:rr eb=drs25 fl=gdepcST6 nc=1,8,22.5,22.5,8 np=22.5_Gigabit vc=1-48/1
        16xlarge 64 64 524288 eb=drs25 efa=1 fl=gdepcEST6 ni=15,50,50 np=30_Gigabit vc=1-64/1
        metal 64 64 524288 eb=drs31 efa=1 fl=gbdcEST6 hv= ni=15,50,50 np=30_Gigabit vt=
        = r7i bm=lu bw=30000,120000 cpu=Intel:3.2:x86_64 eb=drd32 ena=r fl=ghadepcrT6 hv=nitro nc=1,15,37.5,37.5,8 ni=15,50,50
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=650,3600,10000,40000 fl=ghadpcrT6 nc=1,3,0.781,12.5,2 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=1250,6000,10000,40000 nc=1,4,1.562,12.5,4 ni=4,15,15 vc=1,2
        2xlarge 8 4 65536 bw=2500,12000,10000,40000 nc=1,4,3.125,12.5,8 ni=4,15,15 vc=1-4/1
        4xlarge 16 8 131072 bw=5000,20000,10000,40000 nc=1,8,6.25,12.5,8 ni=8,30,30 vc=1-8/1
        8xlarge 32 16 262144 bw=10000,40000 fl=gadepcrT6 nc=1,8,12.5,12.5,8 ni=8,30,30 np=12.5_Gigabit vc=1-16/1
        12xlarge 48 24 393216 bw=15000,60000 fl=gadepcrST6 nc=1,8,18.75,18.75,8 ni=8,30,30 np=18.75_Gigabit vc=1-24/1
        16xlarge 64 32 524288 bw=20000,80000 eb=drd48 fl=gadepcrST6 nc=1,15,25,25,8 np=25_Gigabit vc=1-32/1
        24xlarge 96 48 786432 eb=drd64 fl=gaepcrST6 np=37.5_Gigabit vc=1-48/1
        48xlarge 192 96 1572864 bw=40000,240000 eb=drd128 efa=1 fl=gaepcrEST6 nc=1,15,50,50,16 np=50_Gigabit vc=4-96/2
        metal-24xl 96 48 786432 bm=l eb=drd39 fl=gbacrST6 hv= np=37.5_Gigabit vt=
        metal-48xl 192 96 1572864 bm=l bw=40000,240000 eb=drd79 efa=1 fl=gbadcrEST6 hv= nc=1,15,50,50,16 np=50_Gigabit vt=
        = r7iz bm=lu bw=20000,80000 cpu=Intel:3.9:x86_64 eb=drd32 ena=r fl=ghadeprT6 hv=nitro nc=1,15,25,25,8 ni=15,50,50
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=792,3600,10000,40000 fl=ghadprT6 nc=1,3,0.781,12.5,2 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=1584,6667,10000,40000 nc=1,4,1.562,12.5,4 ni=4,15,15 vc=1,2
        2xlarge 8 4 65536 bw=3168,13333,10000,40000 nc=1,4,3.125,12.5,8 ni=4,15,15 vc=1-4/1
        4xlarge 16 8 131072 bw=5000,20000,10000,40000 nc=1,8,6.25,12.5,8 ni=8,30,30 vc=1-8/1
        8xlarge 32 16 262144 bw=10000,40000 fl=gadeprST6 nc=1,8,12.5,12.5,8 ni=8,30,30 np=12.5_Gigabit vc=1-16/1
        12xlarge 48 24 393216 bw=19000,76000 fl=gadeprST6 nc=1,8,25,25,8 ni=8,30,30 np=25_Gigabit vc=1-24/1
        16xlarge 64 32 524288 eb=drd48 fl=gaeprST6 np=25_Gigabit vc=1-32/1
        32xlarge 128 64 1048576 bw=40000,160000 eb=drd88 efa=1 fl=gaeprEST6 nc=1,15,50,50,8 np=50_Gigabit vc=4-64/2
        metal-16xl 64 32 524288 bm=l eb=drd39 fl=gbadrST6 hv= np=25_Gigabit vt=
        metal-32xl 128 64 1048576 bm=l bw=40000,160000 eb=drd79 efa=1 fl=gbadrEST6 hv= nc=1,15,50,50,8 np=50_Gigabit vt=
        = r8g bm=u bw=30000,120000 cpu=AWS:2.8:arm64 eb=drd32 ena=r fl=ghadepcrT6 hv=nitro ni=15,50,50 np=Up_to_12.5_Gigabit
        + nw=default,ebs-1,vpc-1 pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 8192 bw=315,2500,10000,40000 fl=ghadpcrT6 nc=1,2,0.52,12.5,1 ni=2,4,4 vt=
        large 2 2 16384 bw=630,3600,10000,40000 nc=1,3,0.937,12.5,2 ni=3,10,10 vc=1,2
        xlarge 4 4 32768 bw=1250,6000,10000,40000 nc=1,4,1.875,12.5,4 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 65536 bw=2500,12000,10000,40000 nc=1,4,3.75,15,8 ni=4,15,15 np=Up_to_15_Gigabit vc=1-8/1
        4xlarge 16 16 131072 bw=5000,20000,10000,40000 nc=1,8,7.5,15,8 ni=8,30,30 np=Up_to_15_Gigabit vc=1-16/1
        8xlarge 32 32 262144 bw=10000,40000 fl=gadepcrT6 nc=1,8,15,15,8 ni=8,30,30 np=15_Gigabit vc=1-32/1
        12xlarge 48 48 393216 bw=15000,60000 fl=gadepcrST6 nc=1,8,22.5,22.5,8 ni=8,30,30 np=22.5_Gigabit vc=1-48/1
        16xlarge 64 64 524288 bw=20000,80000 eb=drd48 fl=gadepcrST6 nc=1,15,30,30,8 np=30_Gigabit vc=1-64/1
        24xlarge 96 96 786432 eb=drd64 efa=1 fl=gadepcrEST6 nc=1,15,40,40,8 np=40_Gigabit vc=1-96/1
        48xlarge 192 192 1572864 bw=40000,240000 cpu=AWS:2.7:arm64 eb=drd128 efa=1 fl=gadepcrEST6 nc=1,15,50,50,16
        + np=50_Gigabit vc=4-192/2
        metal-24xl 96 96 786432 eb=drd39 efa=1 fl=gbadcrEST6 hv= nc=1,15,40,40,32 np=40_Gigabit vt=
        metal-48xl 192 192 1572864 bw=40000,240000 cpu=AWS:2.7:arm64 eb=drd79 efa=1 fl=gbadcrEST6 hv= nc=1,15,50,50,32
        + np=50_Gigabit vt=
        = r8i bm=lu bw=60000,240000 cpu=Intel:3.9:x86_64 eb=drd32 ena=r fl=ghadepcrTQ6 hv=nitro nc=1,24,75,75,32,768,128,0
        + ni=24,64,64 np=Up_to_12.5_Gigabit nw=default,ebs-1,vpc-1 pf=nested-virtualization pg=cps rd=e tcp=350 th=2 uc=os vi=h
        + vt=1,2
        large 2 1 16384 bw=650,3600,10000,40000 fl=ghadpcrTQ6 nc=1,3,0.937,12.5,2,6,2,0 ni=3,20,20 vc=1
        xlarge 4 2 32768 bw=1250,6000,10000,40000 nc=1,4,1.875,12.5,4,16,4,0 ni=4,30,30 vc=1,2
        2xlarge 8 4 65536 bw=2500,12000,10000,40000 nc=1,4,3.75,15,8,32,8,0 ni=4,30,30 np=Up_to_15_Gigabit vc=1-4/1
        4xlarge 16 8 131072 bw=5000,20000,10000,40000 nc=1,8,7.5,15,8,64,16,0 ni=8,50,50 np=Up_to_15_Gigabit vc=1-8/1
        8xlarge 32 16 262144 bw=10000,40000 fl=gadepcrTQ6 nc=1,10,15,15,8,128,32,0 ni=10,50,50 np=15_Gigabit vc=1-16/1
        12xlarge 48 24 393216 bw=15000,60000 fl=gadepcrTQ6 nc=1,12,22.5,22.5,16,192,64,0 ni=12,50,50 np=22.5_Gigabit vc=1-24/1
        16xlarge 64 32 524288 bw=20000,80000 eb=drd48 fl=gadepcrTQ6 nc=1,16,30,30,16,256,64,0 ni=16,64,64 np=30_Gigabit
        + vc=1-32/1
        24xlarge 96 48 786432 bw=30000,120000 eb=drd64 fl=gadepcrSTQ6 nc=1,16,40,40,16,384,128,0 ni=16,64,64 np=40_Gigabit
        + vc=4-48/2
        32xlarge 128 64 1048576 bw=40000,160000 eb=drd88 fl=gadepcrSTQ6 nc=1,24,50,50,16,512,128,0 np=50_Gigabit vc=4-64/2
        48xlarge 192 96 1572864 eb=drd128 efa=1 fl=gadepcrESTQ6 np=75_Gigabit vc=6-96/3
        96xlarge 384 192 3145728 bw=80000,480000 eb=drd128 efa=1 fl=gadepcrESTQ6 nc=1,24,100,100,32,1536,128,0 np=100_Gigabit
        + vc=12-192/6
        metal-48xl 192 96 1572864 bm=l eb=drd64 efa=1 fl=gbadcESTQ6 hv= np=75_Gigabit pf= vt=
        metal-96xl 384 192 3145728 bm=l bw=80000,480000 eb=drd79 efa=1 fl=gbadcESTQ6 hv= nc=1,24,100,100,32,1536,128,0
        + np=100_Gigabit pf= vt=
        = u-6tb1 bm=l bw=38000,160000 cpu=Intel:2.1:x86_64 eb=drs27 ena=r fl=gadrT6 hv=nitro nc=1,15,100,100,32 ni=15,50,50
        + np=100_Gigabit pg=cps rd=e tcp=432000 uc=o vc=16-224/8 vi=h
        56xlarge 224 224 6291456 th=1 vt=1
        112xlarge 448 224 6291456 th=2 vt=1,2
        = x1 bm=l cpu=Intel:2.3:x86_64 eb=dus40 ena=s fl=gad6 hv=xen ni=8,30,30 pg=cps rd=ei tcp=432000 th=2 uc=os vi=h vt=1,2
        16xlarge 64 32 999424 bw=7000,40000 ds=1x1920ssd:uu nc=1,8,10,10,8 np=10_Gigabit vc=2-32/2
        32xlarge 128 64 1998848 bw=14000,80000 ds=2x1920ssd:uu nc=1,8,25,25,8 np=25_Gigabit vc=4-64/4
        = x1e bm=l cpu=Intel:2.3:x86_64 eb=dus40 ena=s fl=gad6 hv=xen ni=4,15,15 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000
        + th=2 uc=os vi=h vt=1,2
        xlarge 4 2 124928 bw=500,3700 ds=1x120ssd:uu nc=1,3,0.625,10,8 ni=3,10,10 vc=1,2
        2xlarge 8 4 249856 bw=1000,7400 ds=1x240ssd:uu nc=1,4,1.25,10,8 vc=1-4/1
        4xlarge 16 8 499712 bw=1750,10000 ds=1x480ssd:uu nc=1,4,2.5,10,8 vc=1-8/1
        8xlarge 32 16 999424 bw=3500,20000 ds=1x960ssd:uu nc=1,4,5,10,8 vc=1-16/1
        16xlarge 64 32 1998848 bw=7000,40000 ds=1x1920ssd:uu nc=1,8,10,10,8 ni=8,30,30 np=10_Gigabit vc=2-32/2
        32xlarge 128 64 3997696 bw=14000,80000 ds=2x1920ssd:uu nc=1,8,25,25,8 ni=8,30,30 np=25_Gigabit vc=4-64/4
        = x2gd bm=u bw=19000,80000 cpu=AWS:2.5:arm64 ds=2x1900ssd:rr eb=drs26 ena=r fl=gde6 hv=nitro ni=8,30,30
        + np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 16384 bw=315,2500,4750,20000 ds=1x59ssd:rr fl=ghd6 nc=1,2,0.5,10,8 ni=2,4,4 vt=
        large 2 2 32768 bw=630,3600,4750,20000 ds=1x118ssd:rr fl=ghde6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1,2
        xlarge 4 4 65536 bw=1188,6000,4750,20000 ds=1x237ssd:rr fl=ghde6 nc=1,4,1.25,10,8 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 131072 bw=2375,12000,4750,20000 ds=1x475ssd:rr fl=ghde6 nc=1,4,2.5,10,8 ni=4,15,15 vc=1-8/1
        4xlarge 16 16 262144 bw=4750,20000 ds=1x950ssd:rr nc=1,8,5,10,8 vc=1-16/1
        8xlarge 32 32 524288 bw=9500,40000 ds=1x1900ssd:rr nc=1,8,12,12,8 np=12_Gigabit vc=1-32/1
        12xlarge 48 48 786432 bw=14250,60000 ds=2x1425ssd:rr eb=drs25 nc=1,8,20,20,8 np=20_Gigabit vc=1-48/1
        16xlarge 64 64 1048576 eb=drs25 nc=1,15,25,25,8 ni=15,50,50 np=25_Gigabit vc=1-64/1
        metal 64 64 1048576 eb=drs31 fl=gbd6 hv= nc=1,15,25,25,32 ni=15,50,50 np=25_Gigabit vt=
        = x2idn bm=lu bw=80000,260000 cpu=Intel:3.5:x86_64 ds=2x1900ssd:rr eb=drs25 ena=r fl=gadepST6 hv=nitro ni=15,50,50
        + np=100_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        16xlarge 64 32 1048576 bw=40000,173333 ds=1x1900ssd:rr eb=drs26 nc=1,15,50,50,16 np=50_Gigabit vc=2-32/2
        24xlarge 96 48 1572864 bw=60000,260000 ds=2x1425ssd:rr nc=1,15,75,75,16 np=75_Gigabit vc=2-48/2
        32xlarge 128 64 2097152 efa=1 fl=gadepEST6 nc=1,15,100,100,16 vc=2-64/2
        metal 128 64 2097152 bm=l eb=drs31 efa=1 fl=gbadEST6 hv= nc=1,15,100,100,32 vt=
        = x2iedn bm=lu bw=80000,260000 cpu=Intel:3.5:x86_64 ds=2x1900ssd:rr eb=drs26 ena=r fl=gadepT6 hv=nitro ni=15,50,50
        + np=Up_to_25_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        xlarge 4 2 131072 bw=2500,8125,20000,65000 ds=1x118ssd:rr nc=1,4,1.875,25,4 ni=4,15,15 vc=1,2
        2xlarge 8 4 262144 bw=5000,16250,20000,65000 ds=1x237ssd:rr nc=1,4,5,25,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 524288 bw=10000,32500,20000,65000 ds=1x475ssd:rr nc=1,8,12.5,25,8 ni=8,30,30 vc=2-8/2
        8xlarge 32 16 1048576 bw=20000,65000 ds=1x950ssd:rr fl=gadepST6 nc=1,8,25,25,16 ni=8,30,30 np=25_Gigabit vc=2-16/2
        16xlarge 64 32 2097152 bw=40000,130000 ds=1x1900ssd:rr fl=gadepST6 nc=1,15,50,50,16 np=50_Gigabit vc=2-32/2
        24xlarge 96 48 3145728 bw=60000,195000 ds=2x1425ssd:rr eb=drs25 fl=gadepST6 nc=1,15,75,75,16 np=75_Gigabit vc=2-48/2
        32xlarge 128 64 4194304 eb=drs25 efa=1 fl=gadepEST6 nc=1,15,100,100,16 np=100_Gigabit vc=2-64/2
        metal 128 64 4194304 bm=l eb=drs31 efa=1 fl=gbadEST6 hv= nc=1,15,100,100,32 np=100_Gigabit vt=
        = z1d bm=lu bw=19000,80000 cpu=Intel:4:x86_64 ds=2x900ssd:rr eb=drs26 ena=r fl=gdep6 hv=nitro nc=1,15,25,25,8
        + ni=4,15,15 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=800,3333,3170,13333 ds=1x75ssd:rr fl=gdp6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=1580,6667,3170,13333 ds=1x150ssd:rr nc=1,4,1.25,10,8 vc=1,2
        2xlarge 8 4 65536 bw=3170,13333 ds=1x300ssd:rr nc=1,4,2.5,10,8 vc=2,4
        3xlarge 12 6 98304 bw=4750,20000 ds=1x450ssd:rr nc=1,8,5,10,8 ni=8,30,30 vc=2-6/2
        6xlarge 24 12 196608 bw=9500,40000 ds=1x900ssd:rr nc=1,8,12,12,8 ni=8,30,30 np=12_Gigabit vc=2-12/2
        12xlarge 48 24 393216 eb=drs25 ni=15,50,50 np=25_Gigabit vc=4-24/2
        metal 48 24 393216 bm=l eb=drs31 fl=gbd6 hv= ni=15,50,50 np=25_Gigabit vt=
        """
}
