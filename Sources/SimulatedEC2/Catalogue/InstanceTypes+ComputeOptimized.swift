// Written by tools/catalogue/instance-types; InstanceTypeTable.swift explains the keys.
extension InstanceTypeTable {
    static let computeOptimized = """
        = c1 bm=l ena=u hv=xen pg=ps rd=ei tcp=432000 th=1 uc=os vi=hp
        medium 2 2 1740 cpu=Intel::i386,x86_64 ds=1x350hdd:uu eb=uus39 nc=1,2,0.3,1.2,1 ni=2,6,0 np=Moderate
        xlarge 8 8 7168 bw=1000,8000 cpu=Intel::x86_64 ds=4x420hdd:uu eb=sus39 nc=1,4,1,10,4 ni=4,15,0 np=High
        = c3 bm=l cpu=Intel:2.8:x86_64 eb=sus39 ena=u fl=had6 hv=xen ni=4,15,15 np=Moderate pg=cps rd=ei tcp=432000 th=2 uc=os
        + vi=hp vt=1,2
        large 2 1 3840 cpu=Intel:2.8:i386,x86_64 ds=2x16ssd:uu eb=uus39 nc=1,3,0.5,1.2,8 ni=3,10,10 vc=1
        xlarge 4 2 7680 bw=500,4000 ds=2x40ssd:uu nc=1,4,0.7,10,8 vc=1,2
        2xlarge 8 4 15360 bw=1000,8000 ds=2x80ssd:uu nc=1,4,1,10,8 np=High vc=1-4/1
        4xlarge 16 8 30720 bw=2000,16000 ds=2x160ssd:uu nc=1,8,2,10,8 ni=8,30,30 np=High vc=1-8/1
        8xlarge 32 16 61440 ds=2x320ssd:uu eb=uus39 nc=1,8,5,10,8 ni=8,30,30 np=10_Gigabit vc=2-16/2
        = c4 bm=l cpu=Intel:2.9:x86_64 eb=dus40 ena=u fl=hadr6 hv=xen ni=4,15,15 np=High pg=cps rd=e tcp=432000 th=2 uc=os vi=h
        + vt=1,2
        large 2 1 3840 bw=500,4000 nc=1,3,0.625,1.2,8 ni=3,10,10 np=Moderate vc=1
        xlarge 4 2 7680 bw=750,6000 nc=1,4,1.25,2.8,8 vc=1,2
        2xlarge 8 4 15360 bw=1000,8000 nc=1,4,2.5,10,8 vc=1-4/1
        4xlarge 16 8 30720 bw=2000,16000 nc=1,8,5,10,8 ni=8,30,30 vc=1-8/1
        8xlarge 36 18 61440 bw=4000,32000 nc=1,8,10,10,8 ni=8,30,30 np=10_Gigabit vc=2-18/2
        = c5 bm=lu bw=19000,80000 cpu=Intel:3.4:x86_64 eb=drs27 ena=r fl=hadepr6 hv=nitro nc=1,15,25,25,8 ni=8,30,30
        + np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 4096 bw=650,4000,4750,20000 fl=hadpr6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 8192 bw=1150,6000,4750,20000 nc=1,4,1.25,10,8 ni=4,15,15 vc=2
        2xlarge 8 4 16384 bw=2300,10000,4750,20000 nc=1,4,2.5,10,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 32768 bw=4750,20000 nc=1,8,5,10,8 vc=2-8/2
        9xlarge 36 18 73728 bw=9500,40000 nc=1,8,12,12,8 np=12_Gigabit vc=2-18/2
        12xlarge 48 24 98304 bw=9500,40000 cpu=Intel:3.6:x86_64 nc=1,8,12,12,8 np=12_Gigabit vc=2-24/2
        18xlarge 72 36 147456 ni=15,50,50 np=25_Gigabit vc=4-36/2
        24xlarge 96 48 196608 cpu=Intel:3.6:x86_64 fl=aepr6 ni=15,50,50 np=25_Gigabit vc=2-48/2
        metal 96 48 196608 bm=l cpu=Intel:3.6:x86_64 eb=drs31 fl=bar6 hv= ni=15,50,50 np=25_Gigabit vt=
        = c5a bm=lu cpu=AMD:3.3:x86_64 eb=drs27 ena=r fl=gaeprT6 hv=nitro nc=1,15,20,20,8 ni=8,30,30 np=Up_to_10_Gigabit pg=cps
        + rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 4096 bw=200,800,3170,13300 fl=gaprT6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 8192 bw=400,1600,3170,13300 nc=1,4,1.25,10,8 ni=4,15,15 vc=1,2
        2xlarge 8 4 16384 bw=800,3200,3170,13300 nc=1,4,2.5,10,8 ni=4,15,15 vc=1-4/1
        4xlarge 16 8 32768 bw=1580,6600,3170,13300 nc=1,8,5,10,8 vc=1,2,3,4,8
        8xlarge 32 16 65536 bw=3170,13300 nc=1,8,10,10,8 np=10_Gigabit vc=1,2,3,4,8,12,16
        12xlarge 48 24 98304 bw=4750,20000 nc=1,8,12,12,8 np=12_Gigabit vc=1,2,3,4,8,12,16,20,24
        16xlarge 64 32 131072 bw=6300,26700 ni=15,50,50 np=20_Gigabit vc=1,2,3,4,8,12,16,20,24,28,32
        24xlarge 96 48 196608 bw=9500,40000 ni=15,50,50 np=20_Gigabit vc=1,2,3,4,8,12,16,20,24,28,32,36,40,44,48
        = c5ad bm=lu cpu=AMD:3.3:x86_64 eb=drs25 ena=r fl=gepT6 hv=nitro nc=1,15,20,20,8 ni=8,30,30 np=Up_to_10_Gigabit pg=cps
        + rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 4096 bw=200,800,3170,13300 ds=1x75ssd:rr eb=drs26 fl=gpT6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 8192 bw=400,1600,3170,13300 ds=1x150ssd:rr eb=drs26 nc=1,4,1.25,10,8 ni=4,15,15 vc=1,2
        2xlarge 8 4 16384 bw=800,3200,3170,13300 ds=1x300ssd:rr eb=drs26 nc=1,4,2.5,10,8 ni=4,15,15 vc=1-4/1
        4xlarge 16 8 32768 bw=1580,6600,3170,13300 ds=2x300ssd:rr nc=1,8,5,10,8 vc=1,2,3,4,8
        8xlarge 32 16 65536 bw=3170,13300 ds=2x600ssd:rr nc=1,8,10,10,8 np=10_Gigabit vc=1,2,3,4,8,12,16
        12xlarge 48 24 98304 bw=4750,20000 ds=2x900ssd:rr nc=1,8,12,12,8 np=12_Gigabit vc=1,2,3,4,8,12,16,20,24
        16xlarge 64 32 131072 bw=6300,26700 ds=2x1200ssd:rr ni=15,50,50 np=20_Gigabit vc=1,2,3,4,8,12,16,20,24,28,32
        24xlarge 96 48 196608 bw=9500,40000 ds=2x1900ssd:rr ni=15,50,50 np=20_Gigabit
        + vc=1,2,3,4,8,12,16,20,24,28,32,36,40,44,48
        = c5d bm=lu bw=19000,80000 cpu=Intel:3.4:x86_64 ds=2x900ssd:rr eb=drs26 ena=r fl=ghdep6 hv=nitro nc=1,15,25,25,8
        + ni=8,30,30 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 4096 bw=650,4000,4750,20000 ds=1x50ssd:rr fl=ghdp6 nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 8192 bw=1150,6000,4750,20000 ds=1x100ssd:rr nc=1,4,1.25,10,8 ni=4,15,15 vc=2
        2xlarge 8 4 16384 bw=2300,10000,4750,20000 ds=1x200ssd:rr nc=1,4,2.5,10,8 ni=4,15,15 vc=2,4
        4xlarge 16 8 32768 bw=4750,20000 ds=1x400ssd:rr nc=1,8,5,10,8 vc=2-8/2
        9xlarge 36 18 73728 bw=9500,40000 ds=1x900ssd:rr nc=1,8,12,12,8 np=12_Gigabit vc=2-18/2
        12xlarge 48 24 98304 bw=9500,40000 cpu=Intel:3.6:x86_64 eb=drs25 nc=1,8,12,12,8 np=12_Gigabit vc=2-24/2
        18xlarge 72 36 147456 eb=drs25 ni=15,50,50 np=25_Gigabit vc=4-36/2
        24xlarge 96 48 196608 cpu=Intel:3.6:x86_64 ds=4x900ssd:rr eb=drs23 fl=gdep6 ni=15,50,50 np=25_Gigabit vc=2-48/2
        metal 96 48 196608 bm=l cpu=Intel:3.6:x86_64 ds=4x900ssd:rr eb=drs31 fl=gb6 hv= ni=15,50,50 np=25_Gigabit vt=
        = c5n bm=lu bw=19000,80000 cpu=Intel:3.4:x86_64 eb=drs27 ena=r fl=gadeprT6 hv=nitro nc=1,15,100,100,32 ni=4,15,15
        + np=Up_to_25_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 5376 bw=650,4000,4750,20000 fl=gadprT6 nc=1,3,3,25,8 ni=3,10,10 vc=1
        xlarge 4 2 10752 bw=1150,6000,4750,20000 nc=1,4,5,25,8 vc=2
        2xlarge 8 4 21504 bw=2300,10000,4750,20000 nc=1,4,10,25,8 vc=2,4
        4xlarge 16 8 43008 bw=4750,20000 nc=1,8,15,25,32 ni=8,30,30 vc=2-8/2
        9xlarge 36 18 98304 bw=9500,40000 efa=1 fl=gadeprET6 nc=1,8,50,50,32 ni=8,30,30 np=50_Gigabit vc=2-18/2
        18xlarge 72 36 196608 efa=1 fl=gadeprET6 ni=15,50,50 np=100_Gigabit vc=4-36/2
        metal 72 36 196608 bm=l eb=drs31 efa=1 fl=gbadrET6 hv= ni=15,50,50 np=100_Gigabit vt=
        = c6a bm=lu bw=40000,240000 cpu=AMD:3.6:x86_64 eb=drs27 ena=r fl=ghadeprT6 hv=nitro nc=1,15,50,50,8 ni=15,50,50
        + np=Up_to_12.5_Gigabit pf=amd-sev-snp pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 4096 bw=650,3600,10000,40000 fl=ghadprT6 nc=1,3,0.781,12.5,2 ni=3,10,10 vc=1
        xlarge 4 2 8192 bw=1250,6000,10000,40000 nc=1,4,1.562,12.5,4 ni=4,15,15 vc=1,2
        2xlarge 8 4 16384 bw=2500,12000,10000,40000 nc=1,4,3.125,12.5,8 ni=4,15,15 vc=1-4/1
        4xlarge 16 8 32768 bw=5000,20000,10000,40000 nc=1,8,6.25,12.5,8 ni=8,30,30 vc=1-8/1
        8xlarge 32 16 65536 bw=10000,40000 nc=1,8,12.5,12.5,8 ni=8,30,30 np=12.5_Gigabit vc=4-16/2
        12xlarge 48 24 98304 bw=15000,60000 fl=gadeprST6 nc=1,8,18.75,18.75,8 ni=8,30,30 np=18.75_Gigabit
        + vc=1,2,3,4,5,6,7,8,16,24
        16xlarge 64 32 131072 bw=20000,80000 fl=ghadeprST6 nc=1,15,25,25,8 np=25_Gigabit vc=4,6,8,10,12,14,16,32
        24xlarge 96 48 196608 bw=30000,120000 fl=gadeprST6 nc=1,15,37.5,37.5,8 np=37.5_Gigabit pf= vc=4,6,8,10,12,14,16,32,48
        32xlarge 128 64 262144 bw=40000,160000 fl=gadeprST6 np=50_Gigabit pf= vc=8,12,16,20,24,28,32,64
        48xlarge 192 96 393216 efa=1 fl=gadeprEST6 np=50_Gigabit pf= vc=8,12,16,20,24,28,32,64,96
        metal 192 96 393216 bm=l eb=drs31 efa=1 fl=gbadrEST6 hv= np=50_Gigabit pf= vt=
        = c6g bm=u bw=19000,80000 cpu=AWS:2.5:arm64 eb=drs27 ena=r fl=ghadepr6 hv=nitro nc=1,15,25,25,8 ni=8,30,30
        + np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 2048 bw=315,2500,4750,20000 fl=ghadpr6 nc=1,2,0.5,10,8 ni=2,4,4 vt=
        large 2 2 4096 bw=630,3600,4750,20000 nc=1,3,0.75,10,8 ni=3,10,10 vc=1,2
        xlarge 4 4 8192 bw=1188,6000,4750,20000 nc=1,4,1.25,10,8 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 16384 bw=2375,12000,4750,20000 nc=1,4,2.5,10,8 ni=4,15,15 vc=1-8/1
        4xlarge 16 16 32768 bw=4750,20000 nc=1,8,5,10,8 vc=1-16/1
        8xlarge 32 32 65536 bw=9500,40000 nc=1,8,12,12,8 np=12_Gigabit vc=1-32/1
        12xlarge 48 48 98304 bw=14250,50000 nc=1,8,20,20,8 np=20_Gigabit vc=1-48/1
        16xlarge 64 64 131072 ni=15,50,50 np=25_Gigabit vc=1-64/1
        metal 64 64 131072 eb=drs31 fl=gbadr6 hv= ni=15,50,50 np=25_Gigabit vt=
        = c6gd bm=u bw=19000,80000 cpu=AWS:2.5:arm64 ds=2x1900ssd:rr eb=drs26 ena=r fl=ghdep6 hv=nitro nc=1,15,25,25,8
        + ni=8,30,30 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 2048 bw=315,2500,4750,20000 ds=1x59ssd:rr fl=ghdp6 nc=1,2,0.5,10,8 ni=2,4,4 vt=
        large 2 2 4096 bw=630,3600,4750,20000 ds=1x118ssd:rr nc=1,3,0.75,10,8 ni=3,10,10 vc=1,2
        xlarge 4 4 8192 bw=1188,6000,4750,20000 ds=1x237ssd:rr nc=1,4,1.25,10,8 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 16384 bw=2375,12000,4750,20000 ds=1x474ssd:rr nc=1,4,2.5,10,8 ni=4,15,15 vc=1-8/1
        4xlarge 16 16 32768 bw=4750,20000 ds=1x950ssd:rr nc=1,8,5,10,8 vc=1-16/1
        8xlarge 32 32 65536 bw=9500,40000 ds=1x1900ssd:rr nc=1,8,12,12,8 np=12_Gigabit vc=1-32/1
        12xlarge 48 48 98304 bw=14250,50000 ds=2x1425ssd:rr eb=drs25 nc=1,8,20,20,8 np=20_Gigabit vc=1-48/1
        16xlarge 64 64 131072 eb=drs25 ni=15,50,50 np=25_Gigabit vc=1-64/1
        metal 64 64 131072 eb=drs31 fl=gbd6 hv= ni=15,50,50 np=25_Gigabit vt=
        = c6gn bm=u cpu=AWS:2.5:arm64 eb=drs27 ena=r fl=hadeprT6 hv=nitro ni=8,30,30 np=Up_to_25_Gigabit pg=cps rd=e tcp=432000
        + th=1 uc=os vi=h vt=1
        medium 1 1 2048 bw=760,2500,9500,40000 fl=hadprT6 nc=1,2,1.6,16,1 ni=2,4,4 np=Up_to_16_Gigabit vc=1
        large 2 2 4096 bw=1235,5000,9500,40000 nc=1,3,3,25,2 ni=3,10,10 vc=1,2
        xlarge 4 4 8192 bw=2375,10000,9500,40000 nc=1,4,6.3,25,4 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 16384 bw=4750,20000,9500,40000 nc=1,4,12.5,25,8 ni=4,15,15 vc=1-8/1
        4xlarge 16 16 32768 bw=9500,40000 fl=hadeprST6 nc=1,8,25,25,16 np=25_Gigabit vc=1-16/1
        8xlarge 32 32 65536 bw=19000,80000 fl=hadeprST6 nc=1,8,50,50,32 np=50_Gigabit vc=1-32/1
        12xlarge 48 48 98304 bw=28500,120000 fl=hadeprST6 nc=1,8,75,75,32 np=75_Gigabit vc=1-48/1
        16xlarge 64 64 131072 bw=38000,160000 efa=1 fl=hadeprEST6 nc=1,15,100,100,32 ni=15,50,50 np=100_Gigabit vc=1-64/1
        = c6i bm=lu bw=40000,160000 cpu=Intel:3.5:x86_64 eb=drs27 ena=r fl=ghadeprTQ6 hv=nitro ni=15,50,50
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 4096 bw=650,3600,10000,40000 fl=ghadprTQ6 nc=1,3,0.781,12.5,2,6,2,0 ni=3,10,10 vc=1
        xlarge 4 2 8192 bw=1250,6000,10000,40000 nc=1,4,1.562,12.5,4,16,4,0 ni=4,15,15 vc=1,2
        2xlarge 8 4 16384 bw=2500,12000,10000,40000 nc=1,4,3.125,12.5,8,32,8,0 ni=4,15,15 vc=2,4
        4xlarge 16 8 32768 bw=5000,20000,10000,40000 nc=1,8,6.25,12.5,8,64,16,0 ni=8,30,30 vc=2-8/2
        8xlarge 32 16 65536 bw=10000,40000 fl=ghadeprSTQ6 nc=1,8,12.5,12.5,8,64,32,0 ni=8,30,30 np=12.5_Gigabit vc=2-16/2
        12xlarge 48 24 98304 bw=15000,60000 fl=ghadeprSTQ6 nc=1,8,18.75,18.75,8,64,32,0 ni=8,30,30 np=18.75_Gigabit vc=2-24/2
        16xlarge 64 32 131072 bw=20000,80000 fl=ghadeprSTQ6 nc=1,15,25,25,8,120,32,0 np=25_Gigabit vc=2-32/2
        24xlarge 96 48 196608 bw=30000,120000 fl=gadeprSTQ6 nc=1,15,37.5,37.5,8,120,32,0 np=37.5_Gigabit vc=2-48/2
        32xlarge 128 64 262144 efa=1 fl=gadeprESTQ6 nc=1,15,50,50,8,120,32,0 np=50_Gigabit vc=2-64/2
        metal 128 64 262144 bm=l eb=drs31 efa=1 fl=gbadrEST6 hv= nc=1,15,50,50,8,,32 np=50_Gigabit vt=
        = c6id bm=lu bw=40000,160000 cpu=Intel:3.5:x86_64 ds=4x1900ssd:rr eb=drs26 ena=r fl=ghdepTQ6 hv=nitro ni=15,50,50
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 4096 bw=650,3600,10000,40000 ds=1x118ssd:rr fl=ghdpTQ6 nc=1,3,0.781,12.5,2,6,2,0 ni=3,10,10 vc=1
        xlarge 4 2 8192 bw=1250,6000,10000,40000 ds=1x237ssd:rr nc=1,4,1.562,12.5,4,16,4,0 ni=4,15,15 vc=1,2
        2xlarge 8 4 16384 bw=2500,12000,10000,40000 ds=1x474ssd:rr nc=1,4,3.125,12.5,8,32,8,0 ni=4,15,15 vc=2,4
        4xlarge 16 8 32768 bw=5000,20000,10000,40000 ds=1x950ssd:rr nc=1,8,6.25,12.5,8,64,16,0 ni=8,30,30 vc=2-8/2
        8xlarge 32 16 65536 bw=10000,40000 ds=1x1900ssd:rr fl=ghdepSTQ6 nc=1,8,12.5,12.5,8,64,32,0 ni=8,30,30 np=12.5_Gigabit
        + vc=2-16/2
        12xlarge 48 24 98304 bw=15000,60000 ds=2x1425ssd:rr eb=drs25 fl=ghdepSTQ6 nc=1,8,18.75,18.75,8,64,32,0 ni=8,30,30
        + np=18.75_Gigabit vc=2-24/2
        16xlarge 64 32 131072 bw=20000,80000 ds=2x1900ssd:rr eb=drs25 fl=ghdepSTQ6 nc=1,15,25,25,8,120,32,0 np=25_Gigabit
        + vc=2-32/2
        24xlarge 96 48 196608 bw=30000,120000 ds=4x1425ssd:rr eb=drs23 fl=gdepSTQ6 nc=1,15,37.5,37.5,8,120,32,0 np=37.5_Gigabit
        + vc=2-48/2
        32xlarge 128 64 262144 eb=drs23 efa=1 fl=gdepESTQ6 nc=1,15,50,50,8,120,32,0 np=50_Gigabit vc=2-64/2
        metal 128 64 262144 bm=l eb=drs31 efa=1 fl=gbdEST6 hv= nc=1,15,50,50,8,,32 np=50_Gigabit vt=
        = c6in bm=lu bw=100000,400000 cpu=Intel:3.5:x86_64 eb=drs27 ena=r fl=ghadeprTQ6 hv=nitro ni=8,30,30 np=200_Gigabit
        + pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 4096 bw=1562,6250,25000,100000 fl=ghadprTQ6 nc=1,3,3.125,25,2,6,2,0 ni=3,10,10 np=Up_to_25_Gigabit vc=1
        xlarge 4 2 8192 bw=3125,12500,25000,100000 nc=1,4,6.25,30,4,16,4,0 ni=4,15,15 np=Up_to_30_Gigabit vc=1,2
        2xlarge 8 4 16384 bw=6250,25000,25000,100000 nc=1,4,12.5,40,8,32,8,0 ni=4,15,15 np=Up_to_40_Gigabit vc=1-4/1
        4xlarge 16 8 32768 bw=12500,50000,25000,100000 nc=1,8,25,50,8,64,16,0 np=Up_to_50_Gigabit vc=1-8/1
        8xlarge 32 16 65536 bw=25000,100000 fl=ghadeprSTQ6 nc=1,8,50,50,16,128,32,2 np=50_Gigabit vc=1-16/1
        12xlarge 48 24 98304 bw=37500,150000 fl=ghadeprSTQ6 nc=1,8,75,75,16,128,32,4 np=75_Gigabit vc=1-24/1
        16xlarge 64 32 131072 bw=50000,200000 fl=ghadeprSTQ6 nc=1,15,100,100,16,240,32,1 ni=15,50,50 np=100_Gigabit vc=1-32/1
        24xlarge 96 48 196608 bw=75000,300000 fl=gadeprSTQ6 nc=1,15,150,150,32,480,32,9 ni=15,50,50 np=150_Gigabit vc=4-48/2
        32xlarge 128 64 262144 efa=2 fl=gadeprESTQ6 nc=2,8,200,200,32,256,32,4 ncp=Up_to_170_Gigabit ni=16,50,50 vc=4-64/2
        metal 128 64 262144 bm=l eb=drs31 efa=2 fl=gbadrEST6 hv= nc=2,8,200,200,32 ncp=Up_to_170_Gigabit ni=16,50,50 vt=
        = c7a bm=lu bw=40000,240000 cpu=AMD:3.7:x86_64 eb=drd32 ena=r fl=ghadepcrT6 hv=nitro nc=1,15,50,50,16 ni=15,50,50
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 2048 bw=325,2500,10000,40000 fl=ghadpcrT6 nc=1,2,0.39,12.5,1 ni=2,4,4 vt=
        large 2 2 4096 bw=650,3600,10000,40000 fl=ghadpcrT6 nc=1,3,0.781,12.5,2 ni=3,10,10 vc=1,2
        xlarge 4 4 8192 bw=1250,6000,10000,40000 nc=1,4,1.562,12.5,4 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 16384 bw=2500,12000,10000,40000 nc=1,4,3.125,12.5,8 ni=4,15,15 vc=1-8/1
        4xlarge 16 16 32768 bw=5000,20000,10000,40000 nc=1,8,6.25,12.5,8 ni=8,30,30 vc=1,2,4,6,8,10,12,14,16
        8xlarge 32 32 65536 bw=10000,40000 nc=1,8,12.5,12.5,8 ni=8,30,30 np=12.5_Gigabit vc=1,2,3,4,8,12,16,20,24,28,32
        12xlarge 48 48 98304 bw=15000,60000 fl=ghadepcrST6 nc=1,8,18.75,18.75,8 ni=8,30,30 np=18.75_Gigabit
        + vc=1,2,3,4,5,6,12,18,24,30,36,42,48
        16xlarge 64 64 131072 bw=20000,80000 eb=drd48 fl=ghadepcrST6 nc=1,15,25,25,8 np=25_Gigabit
        + vc=1,2,3,4,5,6,7,8,16,24,32,40,48,56,64
        24xlarge 96 96 196608 bw=30000,120000 eb=drd64 fl=gadepcrST6 nc=1,15,37.5,37.5,8 np=37.5_Gigabit
        + vc=1,2,3,4,5,6,7,8,9,10,11,12,24,36,48,60,72,84,96
        32xlarge 128 128 262144 bw=40000,160000 eb=drd88 fl=gadepcrST6 np=50_Gigabit
        + vc=4,6,8,10,12,14,16,32,48,64,80,96,112,128
        48xlarge 192 192 393216 eb=drd128 efa=1 fl=gadepcrEST6 np=50_Gigabit
        + vc=4,6,8,10,12,14,16,18,20,22,24,48,72,96,120,144,168,192
        metal-48xl 192 192 393216 bm=l eb=drd79 efa=1 fl=gbadcrEST6 hv= np=50_Gigabit vt=
        = c7g bm=u bw=20000,80000 cpu=AWS:2.6:arm64 eb=drs27 ena=r fl=ghadeprT6 hv=nitro nc=1,15,30,30,8 ni=8,30,30
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 2048 bw=315,2500,10000,40000 fl=ghadprT6 nc=1,2,0.52,12.5,1 ni=2,4,4 vt=
        large 2 2 4096 bw=630,3600,10000,40000 nc=1,3,0.937,12.5,2 ni=3,10,10 vc=1,2
        xlarge 4 4 8192 bw=1250,6000,10000,40000 nc=1,4,1.876,12.5,4 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 16384 bw=2500,12000,10000,40000 nc=1,4,3.75,15,8 ni=4,15,15 np=Up_to_15_Gigabit vc=1-8/1
        4xlarge 16 16 32768 bw=5000,20000,10000,40000 nc=1,8,7.5,15,8 np=Up_to_15_Gigabit vc=1-16/1
        8xlarge 32 32 65536 bw=10000,40000 nc=1,8,15,15,8 np=15_Gigabit vc=1-32/1
        12xlarge 48 48 98304 bw=15000,60000 fl=ghadeprST6 nc=1,8,22.5,22.5,8 np=22.5_Gigabit vc=1-48/1
        16xlarge 64 64 131072 efa=1 fl=ghadeprEST6 ni=15,50,50 np=30_Gigabit vc=1-64/1
        metal 64 64 131072 eb=drs31 efa=1 fl=gbadrEST6 hv= ni=15,50,50 np=30_Gigabit vt=
        = c7gd bm=u bw=20000,80000 cpu=AWS:2.6:arm64 ds=2x1900ssd:rr eb=drs26 ena=r fl=ghdepcT6 hv=nitro nc=1,15,30,30,8
        + ni=8,30,30 np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 2048 bw=315,2500,10000,40000 ds=1x59ssd:rr fl=ghdpcT6 nc=1,2,0.52,12.5,1 ni=2,4,4 vt=
        large 2 2 4096 bw=630,3600,10000,40000 ds=1x118ssd:rr nc=1,3,0.937,12.5,2 ni=3,10,10 vc=1,2
        xlarge 4 4 8192 bw=1250,6000,10000,40000 ds=1x237ssd:rr nc=1,4,1.876,12.5,4 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 16384 bw=2500,12000,10000,40000 ds=1x474ssd:rr nc=1,4,3.75,15,8 ni=4,15,15 np=Up_to_15_Gigabit vc=1-8/1
        4xlarge 16 16 32768 bw=5000,20000,10000,40000 ds=1x950ssd:rr nc=1,8,7.5,15,8 np=Up_to_15_Gigabit vc=1-16/1
        8xlarge 32 32 65536 bw=10000,40000 ds=1x1900ssd:rr nc=1,8,15,15,8 np=15_Gigabit vc=1-32/1
        12xlarge 48 48 98304 bw=15000,60000 ds=2x1425ssd:rr eb=drs25 fl=ghdepcST6 nc=1,8,22.5,22.5,8 np=22.5_Gigabit vc=1-48/1
        16xlarge 64 64 131072 eb=drs25 efa=1 fl=ghdepcEST6 ni=15,50,50 np=30_Gigabit vc=1-64/1
        metal 64 64 131072 eb=drs31 efa=1 fl=gbdcEST6 hv= ni=15,50,50 np=30_Gigabit vt=
        = c7gn bm=u bw=33333,133333,40000,160000 cpu=AWS:2.6:arm64 eb=drs27 ena=r fl=ghadprT6 hv=nitro nc=1,15,200,200,32
        + ni=8,30,30 np=200_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 2048 bw=521,2083,10000,40000 nc=1,2,3.125,25,1 ni=2,4,4 np=Up_to_25_Gigabit vt=
        large 2 2 4096 bw=1042,4167,10000,40000 nc=1,3,6.25,30,2 ni=3,10,10 np=Up_to_30_Gigabit vc=1,2
        xlarge 4 4 8192 bw=2083,8333,10000,40000 nc=1,4,12.5,40,4 ni=4,15,15 np=Up_to_40_Gigabit vc=1-4/1
        2xlarge 8 8 16384 bw=4167,16667,10000,40000 nc=1,4,25,50,8 ni=4,15,15 np=Up_to_50_Gigabit vc=1-8/1
        4xlarge 16 16 32768 bw=8333,33333,10000,40000 fl=ghadprST6 nc=1,8,50,50,16 np=50_Gigabit vc=1-16/1
        8xlarge 32 32 65536 bw=16667,66667,20000,80000 fl=ghadprST6 nc=1,8,100,100,32 np=100_Gigabit vc=1-32/1
        12xlarge 48 48 98304 bw=25000,100000,30000,120000 fl=ghadprST6 nc=1,8,150,150,32 np=150_Gigabit vc=1-48/1
        16xlarge 64 64 131072 efa=1 fl=ghadprEST6 ni=15,50,50 vc=1-64/1
        metal 64 64 131072 eb=drs31 efa=1 fl=gbadrEST6 hv= ni=15,50,50 vt=
        = c7i bm=lu bw=30000,120000 cpu=Intel:3.2:x86_64 eb=drd32 ena=r fl=ghadepcrT6 hv=nitro nc=1,15,37.5,37.5,8 ni=15,50,50
        + np=Up_to_12.5_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 4096 bw=650,3600,10000,40000 fl=ghadpcrT6 nc=1,3,0.781,12.5,2 ni=3,10,10 vc=1
        xlarge 4 2 8192 bw=1250,6000,10000,40000 nc=1,4,1.562,12.5,4 ni=4,15,15 vc=1,2
        2xlarge 8 4 16384 bw=2500,12000,10000,40000 nc=1,4,3.125,12.5,8 ni=4,15,15 vc=1-4/1
        4xlarge 16 8 32768 bw=5000,20000,10000,40000 nc=1,8,6.25,12.5,8 ni=8,30,30 vc=1-8/1
        8xlarge 32 16 65536 bw=10000,40000 nc=1,8,12.5,12.5,8 ni=8,30,30 np=12.5_Gigabit vc=1-16/1
        12xlarge 48 24 98304 bw=15000,60000 fl=ghadepcrST6 nc=1,8,18.75,18.75,8 ni=8,30,30 np=18.75_Gigabit vc=1-24/1
        16xlarge 64 32 131072 bw=20000,80000 eb=drd48 fl=ghadepcrST6 nc=1,15,25,25,8 np=25_Gigabit vc=1-32/1
        24xlarge 96 48 196608 eb=drd64 fl=gaepcrST6 np=37.5_Gigabit vc=1-48/1
        48xlarge 192 96 393216 bw=40000,240000 eb=drd128 efa=1 fl=gaepcrEST6 nc=1,15,50,50,16 np=50_Gigabit vc=4-96/2
        metal-24xl 96 48 196608 bm=l eb=drd39 fl=gbacrST6 hv= np=37.5_Gigabit vt=
        metal-48xl 192 96 393216 bm=l bw=40000,240000 eb=drd79 efa=1 fl=gbadcrEST6 hv= nc=1,15,50,50,16 np=50_Gigabit vt=
        = c7i-flex bm=lu cpu=Intel:3.2:x86_64 eb=drd32 ena=r fl=ghaprT6 hv=nitro ni=8,30,30 np=Up_to_12.5_Gigabit pg=ps rd=e
        + tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 4096 bw=312,2500,10000,40000 fl=gfhaprT6 nc=1,3,0.39,12.5,1 ni=3,10,10 vc=1
        xlarge 4 2 8192 bw=625,3600,10000,40000 nc=1,4,0.781,12.5,2 ni=4,15,15 vc=1,2
        2xlarge 8 4 16384 bw=1250,6000,10000,40000 nc=1,4,1.562,12.5,4 ni=4,15,15 vc=1-4/1
        4xlarge 16 8 32768 bw=2500,12000,10000,40000 nc=1,8,3.125,12.5,4 vc=1-8/1
        8xlarge 32 16 65536 bw=5000,20000,10000,40000 nc=1,8,6.25,12.5,4 vc=1-16/1
        12xlarge 48 24 98304 bw=7500,30000,15000,60000 nc=1,8,9.375,18.75,4 np=Up_to_18.75_Gigabit vc=1-24/1
        16xlarge 64 32 131072 bw=10000,40000,20000,80000 eb=drd48 nc=1,15,12.5,25,4 ni=15,50,50 np=Up_to_25_Gigabit vc=1-32/1
        = c8g bm=u bw=30000,120000 cpu=AWS:2.8:arm64 eb=drd32 ena=r fl=ghadepcrT6 hv=nitro ni=15,50,50 np=Up_to_12.5_Gigabit
        + nw=default,ebs-1,vpc-1 pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        medium 1 1 2048 bw=315,2500,10000,40000 fl=ghadpcrT6 nc=1,2,0.52,12.5,1 ni=2,4,4 vt=
        large 2 2 4096 bw=630,3600,10000,40000 nc=1,3,0.937,12.5,2 ni=3,10,10 vc=1,2
        xlarge 4 4 8192 bw=1250,6000,10000,40000 nc=1,4,1.875,12.5,4 ni=4,15,15 vc=1-4/1
        2xlarge 8 8 16384 bw=2500,12000,10000,40000 nc=1,4,3.75,15,8 ni=4,15,15 np=Up_to_15_Gigabit vc=1-8/1
        4xlarge 16 16 32768 bw=5000,20000,10000,40000 nc=1,8,7.5,15,8 ni=8,30,30 np=Up_to_15_Gigabit vc=1-16/1
        8xlarge 32 32 65536 bw=10000,40000 nc=1,8,15,15,8 ni=8,30,30 np=15_Gigabit vc=1-32/1
        12xlarge 48 48 98304 bw=15000,60000 fl=ghadepcrST6 nc=1,8,22.5,22.5,8 ni=8,30,30 np=22.5_Gigabit vc=1-48/1
        16xlarge 64 64 131072 bw=20000,80000 eb=drd48 fl=ghadepcrST6 nc=1,15,30,30,8 np=30_Gigabit vc=1-64/1
        24xlarge 96 96 196608 eb=drd64 efa=1 fl=gadepcrEST6 nc=1,15,40,40,8 np=40_Gigabit vc=1-96/1
        48xlarge 192 192 393216 bw=40000,240000 cpu=AWS:2.7:arm64 eb=drd128 efa=1 fl=gadepcrEST6 nc=1,15,50,50,16 np=50_Gigabit
        + vc=4-192/2
        metal-24xl 96 96 196608 eb=drd39 efa=1 fl=gbadcrEST6 hv= nc=1,15,40,40,32 np=40_Gigabit vt=
        metal-48xl 192 192 393216 bw=40000,240000 cpu=AWS:2.7:arm64 eb=drd79 efa=1 fl=gbadcrEST6 hv= nc=1,15,50,50,32
        + np=50_Gigabit vt=
        = c8i bm=lu bw=60000,240000 cpu=Intel:3.9:x86_64 eb=drd32 ena=r fl=ghadepcrTQ6 hv=nitro nc=1,24,75,75,32,768,128,0
        + ni=24,64,64 np=Up_to_12.5_Gigabit nw=default,ebs-1,vpc-1 pf=nested-virtualization pg=cps rd=e tcp=350 th=2 uc=os vi=h
        + vt=1,2
        large 2 1 4096 bw=650,3600,10000,40000 fl=ghadpcrTQ6 nc=1,3,0.937,12.5,2,6,2,0 ni=3,20,20 vc=1
        xlarge 4 2 8192 bw=1250,6000,10000,40000 nc=1,4,1.875,12.5,4,16,4,0 ni=4,30,30 vc=1,2
        2xlarge 8 4 16384 bw=2500,12000,10000,40000 nc=1,4,3.75,15,8,32,8,0 ni=4,30,30 np=Up_to_15_Gigabit vc=1-4/1
        4xlarge 16 8 32768 bw=5000,20000,10000,40000 nc=1,8,7.5,15,8,64,16,0 ni=8,50,50 np=Up_to_15_Gigabit vc=1-8/1
        8xlarge 32 16 65536 bw=10000,40000 nc=1,10,15,15,8,128,32,0 ni=10,50,50 np=15_Gigabit vc=1-16/1
        12xlarge 48 24 98304 bw=15000,60000 nc=1,12,22.5,22.5,16,192,64,0 ni=12,50,50 np=22.5_Gigabit vc=1-24/1
        16xlarge 64 32 131072 bw=20000,80000 eb=drd48 nc=1,16,30,30,16,256,64,0 ni=16,64,64 np=30_Gigabit vc=1-32/1
        24xlarge 96 48 196608 bw=30000,120000 eb=drd64 fl=gadepcrSTQ6 nc=1,16,40,40,16,384,128,0 ni=16,64,64 np=40_Gigabit
        + vc=4-48/2
        32xlarge 128 64 262144 bw=40000,160000 eb=drd88 fl=gadepcrSTQ6 nc=1,24,50,50,16,512,128,0 np=50_Gigabit vc=4-64/2
        48xlarge 192 96 393216 eb=drd128 efa=1 fl=gadepcrESTQ6 np=75_Gigabit vc=6-96/3
        96xlarge 384 192 786432 bw=80000,480000 eb=drd128 efa=1 fl=gadepcrESTQ6 nc=1,24,100,100,32,1536,128,0 np=100_Gigabit
        + vc=12-192/6
        metal-48xl 192 96 393216 bm=l eb=drd64 efa=1 fl=gbadcESTQ6 hv= np=75_Gigabit pf= vt=
        metal-96xl 384 192 786432 bm=l bw=80000,480000 eb=drd79 efa=1 fl=gbadcESTQ6 hv= nc=1,24,100,100,32,1536,128,0
        + np=100_Gigabit pf= vt=
        = c8i-flex bm=lu cpu=Intel:3.9:x86_64 eb=drd32 ena=r fl=ghapcrTQ6 hv=nitro ni=4,30,30 np=Up_to_15_Gigabit
        + nw=default,ebs-1,vpc-1 pf=nested-virtualization pg=ps rd=e tcp=350 th=2 uc=os vi=h vt=1,2
        large 2 1 4096 bw=315,2500,10000,40000 nc=1,3,0.468,12.5,1,3,1,0 ni=3,20,20 np=Up_to_12.5_Gigabit vc=1
        xlarge 4 2 8192 bw=630,3600,10000,40000 nc=1,4,0.937,12.5,2,8,2,0 np=Up_to_12.5_Gigabit vc=1,2
        2xlarge 8 4 16384 bw=1250,6000,10000,40000 nc=1,4,1.875,15,4,16,4,0 vc=1-4/1
        4xlarge 16 8 32768 bw=2500,12000,10000,40000 nc=1,8,3.75,15,4,32,8,0 ni=8,50,50 vc=1-8/1
        8xlarge 32 16 65536 bw=5000,20000,10000,40000 nc=1,10,7.5,15,4,64,16,0 ni=10,50,50 vc=1-16/1
        12xlarge 48 24 98304 bw=7500,30000,15000,60000 nc=1,12,11.25,22.5,8,96,32,0 ni=12,50,50 np=Up_to_22.5_Gigabit vc=1-24/1
        16xlarge 64 32 131072 bw=10000,40000,20000,80000 eb=drd48 nc=1,16,15,30,8,128,32,0 ni=16,64,64 np=Up_to_30_Gigabit
        + vc=1-32/1
        """
}
