// Written by tools/catalogue/instance-types; InstanceTypeTable.swift explains the keys.
extension InstanceTypeTable {
    static let storageAndAccelerated = """
        = d2 bm=l cpu=Intel:2.4:x86_64 eb=dus40 ena=u fl=d6 hv=xen ni=4,15,15 np=High pg=cps rd=ei tcp=432000 th=2 uc=os vi=h
        + vt=1,2
        xlarge 4 2 31232 bw=750,6000 ds=3x2048hdd:uu nc=1,4,1.25,2.8,8 np=Moderate vc=1,2
        2xlarge 8 4 62464 bw=1000,8000 ds=6x2048hdd:uu nc=1,4,2.5,10,8 vc=1-4/1
        4xlarge 16 8 124928 bw=2000,16000 ds=12x2048hdd:uu nc=1,8,5,10,8 ni=8,30,30 vc=1-8/1
        8xlarge 36 18 249856 bw=4000,32000 ds=24x2048hdd:uu nc=1,8,10,10,8 ni=8,30,30 np=10_Gigabit vc=2-18/2
        = d3 bm=lu cpu=Intel:3.1:x86_64 ena=r fl=gepT6 hv=nitro np=Up_to_15_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h
        + vt=1,2
        xlarge 4 2 32768 bw=850,5000,2800,15000 ds=3x1980hdd:rr eb=drs24 nc=1,4,3,15,8 ni=4,3,3 vc=1,2
        2xlarge 8 4 65536 bw=1700,10000,2800,15000 ds=6x1980hdd:rr eb=drs21 nc=1,4,6,15,8 ni=4,5,5 vc=2,4
        4xlarge 16 8 131072 bw=2800,15000 ds=12x1980hdd:rr eb=drs15 nc=1,4,12.5,15,8 ni=4,10,10 vc=2-8/2
        8xlarge 32 16 262144 bw=5000,30000 ds=24x1980hdd:rr eb=drs3 nc=1,3,25,25,32 ni=3,20,20 np=25_Gigabit vc=2-16/2
        = d3en bm=lu cpu=Intel:3.1:x86_64 ena=r fl=gepT6 hv=nitro np=Up_to_25_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h
        + vt=1,2
        xlarge 4 2 16384 bw=850,5000,2800,15000 ds=2x13980hdd:rr eb=drs25 nc=1,4,6,25,8 ni=4,3,3 vc=1,2
        2xlarge 8 4 32768 bw=1700,10000,2800,15000 ds=4x13980hdd:rr eb=drs23 nc=1,4,12.5,25,8 ni=4,5,5 vc=2,4
        4xlarge 16 8 65536 bw=2800,15000 ds=8x13980hdd:rr eb=drs19 nc=1,4,25,25,32 ni=4,10,10 np=25_Gigabit vc=2-8/2
        6xlarge 24 12 98304 bw=4000,25000 ds=12x13980hdd:rr eb=drs15 nc=1,4,40,40,32 ni=4,15,15 np=40_Gigabit vc=2-12/2
        8xlarge 32 16 131072 bw=5000,30000 ds=16x13980hdd:rr eb=drs11 nc=1,4,50,50,32 ni=4,20,20 np=50_Gigabit vc=2-16/2
        12xlarge 48 24 196608 bw=7000,40000 ds=24x13980hdd:rr eb=drs3 nc=1,3,75,75,32 ni=3,30,30 np=75_Gigabit vc=2-24/2
        = dl1 bm=l bw=19000,80000 cpu=Intel:3:x86_64 ds=4x1000ssd:rr eb=drs28 efa=4 ena=r fl=gdeET6
        + gpu=Habana:Gaudi_HL-205:8:32768:1:8:ml-ai=262144 hv=nitro nc=4,15,100,100,32 ncp=100_Gigabit ni=60,50,50
        + np=4x_100_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vc=2-48/2 vi=h vt=1,2
        24xlarge 96 48 786432
        = f2 bm=lu cpu=AMD:3.4:x86_64 eb=drd32 ena=r fl=gdepT6 hv=nitro ni=8,30,30 pg=cps rd=e tcp=432000 th=2 uc=os vi=h
        + vt=1,2
        6xlarge 24 12 262144 bw=7500,30000 ds=1x940ssd:rr fpga=Xilinx:Virtex_UltraScale+_(VU47P):1:81920=81920
        + nc=1,8,12.5,12.5,8 np=12.5_Gigabit vc=1,2,3,6,9,12
        12xlarge 48 24 524288 bw=15000,60000 ds=2x940ssd:rr fpga=Xilinx:Virtex_UltraScale+_(VU47P):2:81920=163840
        + nc=1,8,25,25,8 np=25_Gigabit vc=1,2,3,6,9,12,15,18,21,24
        48xlarge 192 96 2097152 bw=60000,240000 ds=8x940ssd:rr eb=drd128 efa=1 fl=gdepET6
        + fpga=Xilinx:Virtex_UltraScale+_(VU47P):8:81920=655360 nc=1,15,100,100,16 ni=15,50,50 np=100_Gigabit
        + vc=4,6,8,10,12,24,36,48,60,72,84,96
        = g4ad bm=l cpu=AMD:3:x86_64 eb=drs25 ena=r fl=gdT6 gpu=AMD:Radeon_Pro_V520:1:8192:1:1:graphics,ml-ai=8192 hv=nitro
        + ni=2,4,4 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        xlarge 4 2 16384 bw=400,1700,3170,13333 ds=1x150ssd:rr gpu=AMD:Radeon_Pro_V520:1:8192:1:1:ml-ai,graphics=8192
        + nc=1,2,2,10,8 vc=2
        2xlarge 8 4 32768 bw=800,3400,3170,13333 ds=1x300ssd:rr nc=1,2,4.167,10,8 vc=2,4
        4xlarge 16 8 65536 bw=1580,6700,3170,13333 ds=1x600ssd:rr nc=1,3,8.333,10,32 ni=3,10,10 vc=2,4,8
        8xlarge 32 16 131072 bw=3170,13333 ds=1x1200ssd:rr eb=drs24 gpu=AMD:Radeon_Pro_V520:2:8192:1:2:graphics,ml-ai=16384
        + nc=1,4,15,15,32 ni=4,15,15 np=15_Gigabit vc=2,4,8,16
        16xlarge 64 32 262144 bw=6300,26667 ds=2x1200ssd:rr eb=drs21 fl=gT6
        + gpu=AMD:Radeon_Pro_V520:4:8192:1:4:ml-ai,graphics=32768 nc=1,8,25,25,32 ni=8,30,30 np=25_Gigabit vc=2,4,8,16,32
        = g4dn bm=lu bw=9500,40000 cpu=Intel:2.5:x86_64 ds=1x900ssd:rr eb=drs25 efa=1 ena=r fl=gepT6
        + gpu=NVIDIA:T4:1:16384:1:1:graphics,ml-ai=16384 hv=nitro nc=1,4,50,50,32 ni=3,10,10 np=Up_to_25_Gigabit pg=cps rd=e
        + tcp=432000 th=2 uc=os vi=h vt=1,2
        xlarge 4 2 16384 bw=950,3000,3500,20000 ds=1x125ssd:rr efa= nc=1,3,5,25,8 vc=2
        2xlarge 8 4 32768 bw=1150,6000,3500,20000 ds=1x225ssd:rr efa= nc=1,3,10,25,8 vc=2,4
        4xlarge 16 8 65536 bw=4750,20000 ds=1x225ssd:rr efa= nc=1,3,20,25,32 vc=2-8/2
        8xlarge 32 16 131072 fl=gepET6 gpu=NVIDIA:T4:1:16384:1:1:ml-ai,graphics=16384 ni=4,15,15 np=50_Gigabit vc=2-16/2
        12xlarge 48 24 196608 eb=drs22 fl=gdepET6 gpu=NVIDIA:T4:4:16384:1:4:ml-ai,graphics=65536 nc=1,8,50,50,32 ni=8,30,30
        + np=50_Gigabit vc=2-24/2
        16xlarge 64 32 262144 fl=gepET6 gpu=NVIDIA:T4:1:16384:1:1:ml-ai,graphics=16384 ni=4,15,15 np=50_Gigabit vc=2-32/2
        metal 96 48 393216 bm=l bw=19000,80000 ds=2x900ssd:rr eb=drs31 fl=gbdET6
        + gpu=NVIDIA:T4:8:16384:1:8:graphics,ml-ai=131072 hv= nc=1,15,100,100,32 ni=15,50,50 np=100_Gigabit vt=
        = g5 bm=lu bw=16000,65000 cpu=AMD:3.3:x86_64 ds=1x3800ssd:rr eb=drs25 efa=1 ena=r fl=gepT6
        + gpu=NVIDIA:A10G:1:22888:1:1:graphics,ml-ai=22888 hv=nitro nc=1,8,25,25,32 ni=8,30,30 np=Up_to_10_Gigabit pg=cps rd=e
        + tcp=432000 th=2 uc=os vi=h
        xlarge 4 2 16384 bw=700,3000,3500,15000 ds=1x250ssd:rr efa= nc=1,4,2.5,10,8 ni=4,15,15
        2xlarge 8 4 32768 bw=850,3500,3500,15000 ds=1x450ssd:rr efa= gpu=NVIDIA:A10G:1:22888:1:1:ml-ai,graphics=22888
        + nc=1,4,5,10,8 ni=4,15,15
        4xlarge 16 8 65536 bw=4750,20000 ds=1x600ssd:rr efa= gpu=NVIDIA:A10G:1:22888:1:1:ml-ai,graphics=22888 nc=1,8,10,25,32
        + np=Up_to_25_Gigabit
        8xlarge 32 16 131072 ds=1x900ssd:rr fl=gepET6 np=25_Gigabit
        12xlarge 48 24 196608 eb=drs22 fl=gepET6 gpu=NVIDIA:A10G:4:22888:1:4:ml-ai,graphics=91552 nc=1,15,40,40,32 ni=15,50,50
        + np=40_Gigabit
        16xlarge 64 32 262144 ds=1x1900ssd:rr fl=gepET6 np=25_Gigabit
        24xlarge 96 48 393216 bw=19000,80000 eb=drs22 fl=gdepET6 gpu=NVIDIA:A10G:4:22888:1:4:graphics,ml-ai=91552
        + nc=1,15,50,50,32 ni=15,50,50 np=50_Gigabit
        48xlarge 192 96 786432 bw=19000,80000 ds=2x3800ssd:rr eb=drs9 fl=gdepET6
        + gpu=NVIDIA:A10G:8:22888:1:8:ml-ai,graphics=183104 nc=1,7,100,100,32 ni=7,50,50 np=100_Gigabit
        = g5g bm=u bw=19000,80000 cpu=AWS:2.5:arm64 eb=drs26 ena=r fl=gar6 gpu=NVIDIA:T4g:1:16384:1:1:ml-ai,graphics=16384
        + hv=nitro nc=1,15,25,25,8 ni=4,15,15 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=1 uc=os vi=h vt=1
        xlarge 4 4 8192 bw=1188,6000,4750,20000 gpu=NVIDIA:T4g:1:16384:1:1:graphics,ml-ai=16384 nc=1,4,1.25,10,8 vc=1-4/1
        2xlarge 8 8 16384 bw=2375,12000,4750,20000 nc=1,4,2.5,10,8 vc=1-8/1
        4xlarge 16 16 32768 bw=4750,20000 nc=1,8,5,10,8 ni=8,30,30 vc=1-16/1
        8xlarge 32 32 65536 bw=9500,40000 nc=1,8,12,12,8 ni=8,30,30 np=12_Gigabit vc=1-32/1
        16xlarge 64 64 131072 eb=drs25 fl=gadr6 gpu=NVIDIA:T4g:2:16384:1:2:ml-ai,graphics=32768 ni=15,50,50 np=25_Gigabit
        + vc=1-64/1
        metal 64 64 131072 eb=drs31 fl=gbdr6 gpu=NVIDIA:T4g:2:16384:1:2:ml-ai,graphics=32768 hv= ni=15,50,50 np=25_Gigabit vt=
        = g6 bm=lu bw=20000,80000 cpu=AMD:3.4:x86_64 ds=4x940ssd:rr eb=drd32 efa=1 ena=r fl=gepT6
        + gpu=NVIDIA:L4:1:22888:1:1:ml-ai,graphics=22888 hv=nitro ni=8,30,30 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=2
        + uc=os vi=h vt=1,2
        xlarge 4 2 16384 bw=1000,4000,5000,20000 ds=1x250ssd:rr efa= nc=1,4,2.5,10,4 ni=4,15,15 vc=1,2
        2xlarge 8 4 32768 bw=2000,8000,5000,20000 ds=1x450ssd:rr efa= nc=1,4,5,10,8 ni=4,15,15 vc=1-4/1
        4xlarge 16 8 65536 bw=8000,32000 ds=1x600ssd:rr efa= nc=1,8,10,25,8 np=Up_to_25_Gigabit vc=1-8/1
        8xlarge 32 16 131072 bw=16000,64000 ds=2x450ssd:rr fl=gepET6 nc=1,8,25,25,8 np=25_Gigabit vc=1,2,4,6,8,10,12,14,16
        12xlarge 48 24 196608 fl=gepET6 gpu=NVIDIA:L4:4:22888:1:4:ml-ai,graphics=91552 nc=1,8,40,40,8 np=40_Gigabit
        + vc=1,2,3,6,9,12,15,18,21,24
        16xlarge 64 32 262144 ds=2x940ssd:rr eb=drd48 fl=gepET6 nc=1,15,25,25,8 ni=15,50,50 np=25_Gigabit
        + vc=1,2,3,4,8,12,16,20,24,28,32
        24xlarge 96 48 393216 bw=30000,120000 eb=drd64 fl=gdepET6 gpu=NVIDIA:L4:4:22888:1:4:ml-ai,graphics=91552
        + nc=1,15,50,50,16 ni=15,50,50 np=50_Gigabit vc=1,2,3,4,5,6,12,18,24,30,36,42,48
        48xlarge 192 96 786432 bw=60000,240000 ds=8x940ssd:rr eb=drd128 fl=gdepEST6
        + gpu=NVIDIA:L4:8:22888:1:8:ml-ai,graphics=183104 nc=1,15,100,100,16 ni=15,50,50 np=100_Gigabit
        + vc=4,6,8,10,12,24,36,48,60,72,84,96
        = g6e bm=lu bw=20000,80000 cpu=AMD:3.4:x86_64 ds=2x1900ssd:rr eb=drd32 ena=r fl=gepT6
        + gpu=NVIDIA:L40S:1:45776:1:1:graphics,ml-ai=45776 hv=nitro ni=4,15,15 np=Up_to_20_Gigabit pg=cps rd=e tcp=432000 th=2
        + uc=os vi=h vt=1,2
        xlarge 4 2 32768 bw=1000,4000,5000,20000 ds=1x250ssd:rr nc=1,4,2.5,20,4 vc=1,2
        2xlarge 8 4 65536 bw=2000,8000,5000,20000 ds=1x450ssd:rr nc=1,4,5,20,8 vc=1-4/1
        4xlarge 16 8 131072 bw=8000,32000 ds=1x600ssd:rr gpu=NVIDIA:L40S:1:45776:1:1:ml-ai,graphics=45776 nc=1,8,20,20,8
        + ni=8,30,30 np=20_Gigabit vc=1-8/1
        8xlarge 32 16 262144 bw=16000,64000 ds=2x450ssd:rr efa=1 fl=gepET6 nc=1,8,25,25,8 ni=8,30,30 np=25_Gigabit vc=2-16/2
        12xlarge 48 24 393216 efa=1 fl=gepEST6 gpu=NVIDIA:L40S:4:45776:1:4:ml-ai,graphics=183104 nc=1,10,100,100,32 ni=10,30,30
        + np=100_Gigabit vc=3-24/3
        16xlarge 64 32 524288 ds=2x950ssd:rr eb=drd48 efa=1 fl=gepET6 nc=1,15,35,35,8 ni=15,50,50 np=35_Gigabit vc=4-32/4
        24xlarge 96 48 786432 bw=30000,120000 eb=drd64 efa=2 fl=gdepEST6 gpu=NVIDIA:L40S:4:45776:1:4:ml-ai,graphics=183104
        + nc=2,10,200,200,32 ni=20,50,50 np=200_Gigabit vc=6-48/6
        48xlarge 192 96 1572864 bw=60000,240000 ds=4x1900ssd:rr eb=drd128 efa=4 fl=gdepEST6
        + gpu=NVIDIA:L40S:8:45776:1:8:ml-ai,graphics=366208 nc=4,10,400,400,32 ni=40,50,50 np=400_Gigabit vc=12-96/12
        = h1 bm=l cpu=Intel:2.3:x86_64 eb=dus40 ena=s fl=gd6 hv=xen ni=8,30,30 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=2
        + uc=os vi=h vt=1,2
        2xlarge 8 4 32768 bw=1750,12000 ds=1x2000hdd:ur nc=1,4,2.5,10,8 ni=4,15,15 vc=1-4/1
        4xlarge 16 8 65536 bw=3500,20000 ds=2x2000hdd:ur nc=1,8,5,10,8 vc=1-8/1
        8xlarge 32 16 131072 bw=7000,40000 ds=4x2000hdd:ur nc=1,8,12,12,8 np=10_Gigabit vc=1-16/1
        16xlarge 64 32 262144 bw=14000,80000 ds=8x2000hdd:ur nc=1,8,25,25,8 ni=8,50,50 np=25_Gigabit vc=2-32/2
        = hpc6a bm=lu bw=87,500,2085,11000 cpu=AMD:3.6:x86_64 eb=drs27 efa=1 ena=r fl=gaprET6 hv=nitro nc=1,2,100,100,8
        + ni=2,50,50 np=100_Gigabit pg=cps rd=e tcp=432000 th=1 uc=o vi=h
        48xlarge 96 96 393216
        = hpc7g bm=u bw=87,500,2085,11000 cpu=AWS:2.6:arm64 eb=drs27 efa=1 ena=r fl=garET6 hv=nitro nc=1,4,200,200,32
        + ni=4,50,50 np=200_Gigabit pg=cps rd=e tcp=432000 th=1 uc=o vi=h
        4xlarge 16 16 131072 nc=1,4,200,200,16
        8xlarge 32 32 131072
        16xlarge 64 64 131072
        = i2 bm=l cpu=Intel:2.5:x86_64 eb=sus40 ena=u fl=d6 hv=xen ni=4,15,15 np=High pg=cps rd=ei tcp=432000 th=2 uc=os vi=h
        + vt=1,2
        xlarge 4 2 31232 bw=500,4000 ds=1x800ssd:uu nc=1,4,0.7,2.8,8 np=Moderate vc=1,2
        2xlarge 8 4 62464 bw=1000,8000 ds=2x800ssd:uu nc=1,4,1,10,8 vc=1-4/1
        4xlarge 16 8 124928 bw=2000,16000 ds=4x800ssd:uu nc=1,8,2,10,8 ni=8,30,30 vc=1-8/1
        8xlarge 32 16 249856 ds=8x800ssd:uu eb=uus40 nc=1,8,10,10,8 ni=8,30,30 np=10_Gigabit vc=2-16/2
        = i3 bm=l cpu=Intel:2.3:x86_64 eb=dss40 ena=s fl=ghd6 hv=xen ni=4,15,15 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=2
        + uc=os vi=h vt=1,2
        large 2 1 15616 bw=425,3000 ds=1x475ssd:rr nc=1,3,0.75,10,8 ni=3,10,10 vc=1
        xlarge 4 2 31232 bw=850,6000 ds=1x950ssd:rr nc=1,4,1.25,10,8 vc=1,2
        2xlarge 8 4 62464 bw=1700,12000 ds=1x1900ssd:rr nc=1,4,2.5,10,8 vc=1-4/1
        4xlarge 16 8 124928 bw=3500,16000 ds=2x1900ssd:rr nc=1,8,5,10,8 ni=8,30,30 vc=1-8/1
        8xlarge 32 16 249856 bw=7000,32500 ds=4x1900ssd:rr fl=gd6 nc=1,8,12,12,8 ni=8,30,30 np=10_Gigabit vc=1-16/1
        16xlarge 64 32 499712 bw=14000,65000 ds=8x1900ssd:rr fl=gd6 nc=1,15,25,25,8 ni=15,50,50 np=25_Gigabit vc=2-32/2
        = i3en bm=lu bw=19000,80000 cpu=Intel:3.1:x86_64 ds=8x7500ssd:rr eb=drs26 ena=r fl=ghdepT6 hv=nitro nc=1,15,100,100,32
        + ni=4,15,15 np=Up_to_25_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=576,3000,4750,20000 ds=1x1250ssd:rr fl=ghdpT6 nc=1,3,2.1,25,8 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=1153,6000,4750,20000 ds=1x2500ssd:rr nc=1,4,4.2,25,8 vc=1,2
        2xlarge 8 4 65536 bw=2307,12000,4750,20000 ds=2x2500ssd:rr eb=drs25 nc=1,4,8.4,25,8 vc=2,4
        3xlarge 12 6 98304 bw=3800,15000,4750,20000 ds=1x7500ssd:rr nc=1,4,12.5,25,32 vc=2-6/2
        6xlarge 24 12 196608 bw=4750,20000 ds=2x7500ssd:rr eb=drs25 fl=gdepT6 nc=1,8,25,25,32 ni=8,30,30 np=25_Gigabit
        + vc=2-12/2
        12xlarge 48 24 393216 bw=9500,40000 ds=4x7500ssd:rr eb=drs23 efa=1 fl=gdepET6 nc=1,8,50,50,32 ni=8,30,30 np=50_Gigabit
        + vc=2-24/2
        24xlarge 96 48 786432 eb=drs19 efa=1 fl=gdepET6 ni=15,50,50 np=100_Gigabit vc=2-48/2
        metal 96 48 786432 bm=l eb=drs31 efa=1 fl=gbdET6 hv= ni=15,50,50 np=100_Gigabit vt=
        = i4g bm=u cpu=AWS:2.5:arm64 eb=drs26 ena=r fl=ghdeT6 hv=nitro ni=4,15,15 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000
        + th=1 uc=os vi=h vt=1
        large 2 2 16384 bw=625,2500,10000,40000 ds=1x468ssd:rr nc=1,3,0.781,10,2 ni=3,10,10 vc=1,2
        xlarge 4 4 32768 bw=1250,5000,10000,40000 ds=1x937ssd:rr nc=1,4,1.875,10,4 vc=1-4/1
        2xlarge 8 8 65536 bw=2500,10000,10000,40000 ds=1x1875ssd:rr nc=1,4,4.687,12,8 np=Up_to_12_Gigabit vc=1-8/1
        4xlarge 16 16 131072 bw=5000,20000,10000,40000 ds=1x3750ssd:rr fl=ghdeST6 nc=1,8,9.375,25,8 ni=8,30,30
        + np=Up_to_25_Gigabit vc=1-16/1
        8xlarge 32 32 262144 bw=10000,40000 ds=2x3750ssd:rr eb=drs25 fl=gdeST6 nc=1,8,18.75,18.75,8 ni=8,30,30 np=18.75_Gigabit
        + vc=1-32/1
        16xlarge 64 64 524288 bw=20000,80000 ds=4x3750ssd:rr eb=drs23 efa=1 fl=gdeEST6 nc=1,15,37.5,37.5,8 ni=15,50,50
        + np=37.5_Gigabit vc=1-64/1
        = i4i bm=lu bw=40000,160000 cpu=Intel:3.5:x86_64 ds=8x3750ssd:rr eb=drs26 ena=r fl=gdepT6 hv=nitro nc=1,15,75,75,8
        + ni=8,30,30 np=Up_to_10_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=625,2500,10000,40000 ds=1x468ssd:rr fl=gdpT6 nc=1,3,0.781,10,2 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=1250,5000,10000,40000 ds=1x937ssd:rr nc=1,4,1.875,10,4 ni=4,15,15 vc=1,2
        2xlarge 8 4 65536 bw=2500,10000,10000,40000 ds=1x1875ssd:rr nc=1,4,4.687,12,8 ni=4,15,15 np=Up_to_12_Gigabit vc=1-4/1
        4xlarge 16 8 131072 bw=5000,20000,10000,40000 ds=1x3750ssd:rr nc=1,8,9.375,25,8 np=Up_to_25_Gigabit vc=1-8/1
        8xlarge 32 16 262144 bw=10000,40000 ds=2x3750ssd:rr eb=drs25 fl=gdepST6 nc=1,8,18.75,18.75,8 np=18.75_Gigabit vc=1-16/1
        12xlarge 48 24 393216 bw=15000,60000 ds=3x3750ssd:rr eb=drs24 fl=gepST6 nc=1,8,28.125,28.125,8 np=28.12_Gigabit
        + vc=1-24/1
        16xlarge 64 32 524288 bw=20000,80000 ds=4x3750ssd:rr eb=drs23 fl=gdepST6 nc=1,15,37.5,37.5,8 ni=15,50,50
        + np=37.5_Gigabit vc=2-32/2
        24xlarge 96 48 786432 bw=30000,120000 ds=6x3750ssd:rr eb=drs21 fl=gepST6 nc=1,15,56.25,56.25,8 ni=15,30,30
        + np=56.25_Gigabit vc=2-48/2
        32xlarge 128 64 1048576 eb=drs19 efa=1 fl=gdepEST6 ni=15,50,50 np=75_Gigabit vc=2-64/2
        metal 128 64 1048576 bm=l eb=drs31 efa=1 fl=gbdEST6 hv= ni=15,50,50 np=75_Gigabit vt=
        = i7ie bm=lu bw=30000,120000 cpu=Intel:3.6:x86_64 ds=8x7500ssd:rr eb=drd32 ena=r fl=gdepcST6 hv=nitro nc=1,15,50,100,16
        + ni=15,50,50 np=Up_to_25_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        large 2 1 16384 bw=625,2500,10000,40000 ds=1x1250ssd:rr fl=ghdpcT6 nc=1,3,2.083,25,2 ni=3,10,10 vc=1
        xlarge 4 2 32768 bw=1250,5000,10000,40000 ds=1x2500ssd:rr fl=ghdepcT6 nc=1,4,4.166,25,4 ni=4,15,15 vc=1,2
        2xlarge 8 4 65536 bw=2500,10000,10000,40000 ds=2x2500ssd:rr fl=ghdepcT6 nc=1,4,8.333,25,8 ni=4,15,15 vc=1-4/1
        3xlarge 12 6 98304 bw=3750,15000,10000,40000 ds=1x7500ssd:rr fl=ghdepcST6 nc=1,4,12.5,25,8 ni=4,15,15 vc=1-6/1
        6xlarge 24 12 196608 bw=7500,30000,10000,40000 ds=2x7500ssd:rr fl=gdepcT6 nc=1,8,12.5,25,8 ncp=25_Gigabit ni=8,30,30
        + vc=1-12/1
        12xlarge 48 24 393216 bw=15000,60000 ds=4x7500ssd:rr nc=1,8,25,50,16 ni=8,50,50 np=Up_to_50_Gigabit vc=1-24/1
        18xlarge 72 36 589824 bw=22500,90000 ds=6x7500ssd:rr eb=drd48 nc=1,15,37.5,75,16 np=Up_to_75_Gigabit vc=1-36/1
        24xlarge 96 48 786432 eb=drd64 np=Up_to_100_Gigabit vc=1-48/1
        48xlarge 192 96 1572864 bw=60000,240000 ds=16x7500ssd:rr eb=drd128 efa=1 fl=gdepcEST6 nc=1,15,100,100,32 np=100_Gigabit
        + vc=4-96/2
        metal-24xl 96 48 786432 bm=l eb=drs39 fl=gbdcST6 hv= np=Up_to_100_Gigabit vt=
        metal-48xl 192 96 1572864 bm=l bw=60000,240000 ds=16x7500ssd:rr eb=drs79 efa=1 fl=gbdcEST6 hv= nc=1,15,100,100,32
        + np=100_Gigabit vt=
        = im4gn bm=u cpu=AWS:2.5:arm64 eb=drs26 ena=r fl=ghdpT6 hv=nitro ni=4,15,15 np=Up_to_25_Gigabit pg=cps rd=e tcp=432000
        + th=1 uc=os vi=h vt=1
        large 2 2 8192 bw=1250,5000,10000,40000 ds=1x937ssd:rr nc=1,3,3.125,25,2 ni=3,10,10 vc=1,2
        xlarge 4 4 16384 bw=2500,10000,10000,40000 ds=1x1875ssd:rr nc=1,4,6.25,25,4 vc=1-4/1
        2xlarge 8 8 32768 bw=5000,20000,10000,40000 ds=1x3750ssd:rr nc=1,4,12.5,25,8 vc=1-8/1
        4xlarge 16 16 65536 bw=10000,40000 ds=1x7500ssd:rr fl=ghdpST6 nc=1,8,25,25,16 ni=8,30,30 np=25_Gigabit vc=1-16/1
        8xlarge 32 32 131072 bw=20000,80000 ds=2x7500ssd:rr eb=drs25 fl=ghdpST6 nc=1,8,50,50,32 ni=8,30,30 np=50_Gigabit
        + vc=1-32/1
        16xlarge 64 64 262144 bw=40000,160000 ds=4x7500ssd:rr eb=drs23 efa=1 fl=gdpEST6 nc=1,15,100,100,32 ni=15,50,50
        + np=100_Gigabit vc=1-64/1
        = inf1 acc=AWS:Inferentia:1:8192=8192 bm=lu cpu=Intel:2.5:x86_64 eb=drs26 ena=r fl=gaeprT6 hv=nitro nc=1,4,5,25,32
        + neu=:Inferentia:1:8192:4:1=8192 ni=4,10,10 np=Up_to_25_Gigabit pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        xlarge 4 2 8192 bw=1190,4000,4750,20000 vc=2
        2xlarge 8 4 16384 bw=1190,6000,4750,20000 vc=2,4
        6xlarge 24 12 49152 acc=AWS:Inferentia:4:8192=32768 bw=4750,20000 eb=drs23 fl=gadeprT6 nc=1,8,25,25,32
        + neu=:Inferentia:4:8192:4:1=32768 ni=8,30,30 np=25_Gigabit vc=2-12/2
        24xlarge 96 48 196608 acc=AWS:Inferentia:16:8192=131072 bw=19000,80000 eb=drs11 efa=1 fl=gadeprET6 nc=1,11,100,100,32
        + neu=:Inferentia:16:8192:4:1=131072 ni=11,30,30 np=100_Gigabit vc=2-48/2
        = inf2 acc=AWS:Inferentia2:1:32768=32768 bm=lu cpu=AMD:3.6:x86_64 eb=drs26 ena=r fl=geprT6 hv=nitro
        + neu=:Inferentia2:1:32768:2:2=32768 ni=15,50,50 pg=cps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        xlarge 4 2 16384 bw=1250,6000,10000,40000 nc=1,4,2.083,15,4 ni=4,15,15 np=Up_to_15_Gigabit vc=1,2
        8xlarge 32 16 131072 bw=10000,40000 nc=1,8,16.667,25,8 ni=8,30,30 np=Up_to_25_Gigabit vc=4-16/2
        24xlarge 96 48 393216 acc=AWS:Inferentia2:6:32768=196608 bw=30000,120000 eb=drs28 fl=gdeprT6 nc=1,15,50,50,16
        + neu=:Inferentia2:6:32768:2:2=196608 np=50_Gigabit vc=4,6,8,10,12,14,16,32,48
        48xlarge 192 96 786432 acc=AWS:Inferentia2:12:32768=393216 bw=60000,240000 eb=drs28 fl=gdeprT6 nc=1,15,100,100,16
        + neu=:Inferentia2:12:32768:2:2=393216 np=100_Gigabit vc=4,8,12,16,20,24,28,32,64,96
        = is4gen bm=u cpu=AWS:2.5:arm64 eb=drs26 ena=r fl=ghT6 hv=nitro ni=4,15,15 np=Up_to_25_Gigabit pg=cps rd=e tcp=432000
        + th=1 uc=os vi=h vt=1
        medium 1 1 6144 bw=625,2500,10000,40000 ds=1x937ssd:rr nc=1,2,1.562,25,1 ni=2,4,4 vc=1
        large 2 2 12288 bw=1250,5000,10000,40000 ds=1x1875ssd:rr nc=1,3,3.125,25,2 ni=3,10,10 vc=1,2
        xlarge 4 4 24576 bw=2500,10000,10000,40000 ds=1x3750ssd:rr nc=1,4,6.25,25,4 vc=1-4/1
        2xlarge 8 8 49152 bw=5000,20000,10000,40000 ds=1x7500ssd:rr nc=1,4,12.5,25,8 vc=1-8/1
        4xlarge 16 16 98304 bw=10000,40000 ds=2x7500ssd:rr eb=drs25 nc=1,8,25,25,16 ni=8,30,30 np=25_Gigabit vc=1-16/1
        8xlarge 32 32 196608 bw=20000,80000 ds=4x7500ssd:rr eb=drs23 fl=gT6 nc=1,8,50,50,32 ni=8,30,30 np=50_Gigabit vc=1-32/1
        = p3dn bm=lu bw=19000,80000 cpu=Intel:2.5:x86_64 ds=2x900ssd:rr eb=drs17 efa=1 ena=r fl=gdeET6
        + gpu=NVIDIA:V100:8:32768:1:8:ml-ai=262144 hv=nitro nc=1,15,100,100,32 ni=15,50,50 np=100_Gigabit pg=cps rd=e
        + tcp=432000 th=2 uc=os vc=4-48/2 vi=h vt=1,2
        24xlarge 96 48 786432
        = p4d bm=l bw=19000,80000 cpu=Intel:3:x86_64 ds=8x1000ssd:rr eb=drd28 efa=4 ena=r fl=gdeET6
        + gpu=NVIDIA:A100:8:40960:1:8:ml-ai=327680 hv=nitro nc=4,15,100,100,32 ncp=100_Gigabit ni=60,50,50 np=4x_100_Gigabit
        + pg=cps rd=e tcp=432000 th=2 uc=cos vc=2-48/2 vi=h vt=1,2
        24xlarge 96 48 1179648
        = p4de bm=l bw=19000,80000 cpu=Intel:3:x86_64 ds=8x1000ssd:rr eb=drd28 efa=4 ena=r fl=geET6
        + gpu=NVIDIA:A100:8:81920:1:8:ml-ai=655360 hv=nitro nc=4,15,100,100,32 ncp=100_Gigabit ni=60,50,50 np=4x_100_Gigabit
        + pg=cps rd=e tcp=432000 th=2 uc=cos vc=2-48/2 vi=h vt=1,2
        24xlarge 96 48 1179648
        = p5 bm=lu cpu=AMD:3.6:x86_64 ena=r fl=gepEST6 hv=nitro pg=cps rd=e tcp=432000 th=2 uc=cos vi=h vt=1,2
        4xlarge 16 8 262144 bw=10000,32500 ds=1x3800ssd:rr eb=drd32 efa=1 gpu=NVIDIA:H100:1:81920:1:1:ml-ai=81920
        + nc=1,4,100,100,16 ni=4,30,30 np=100_Gigabit vc=1-8/1
        48xlarge 192 96 2097152 bw=80000,260000 ds=8x3800ssd:rr eb=drd64 efa=32 gpu=NVIDIA:H100:8:81920:1:8:ml-ai=655360
        + nc=32,2,100,100,32 ncp=100_Gigabit ni=64,50,50 np=3200_Gigabit vc=12-96/12
        = trn1 bm=l cpu=Intel:3.5:x86_64 ena=r hv=nitro pg=cps rd=e tcp=432000 th=2 vi=h vt=1,2
        2xlarge 8 4 32768 bw=5000,16250,20000,65000 ds=1x474ssd:rr eb=drs25 fl=gdT6 nc=1,4,3.125,12.5,8
        + neu=:Trainium:1:32768:2:2=32768 ni=4,15,15 np=Up_to_12.5_Gigabit uc=os vc=2,4
        32xlarge 128 64 524288 bw=80000,260000 ds=4x1900ssd:rr eb=drs28 efa=8 fl=gdET6 nc=8,5,100,100,32 ncp=100_Gigabit
        + neu=:Trainium:16:32768:2:2=524288 ni=40,50,50 np=8x_100_Gigabit uc=cos vc=2-64/2
        = vt1 bm=l cpu=Intel:2.5:x86_64 ena=r fl=gadrT6 hv=nitro pg=ps rd=e tcp=432000 th=2 uc=os vi=h vt=1,2
        3xlarge 12 6 24576 bw=2375,10000,4750,20000 eb=drs25 med=Xilinx:U30:1:24576=24576 nc=1,4,3.125,3.125,8 ni=4,15,15
        + np=3.12_Gigabit vc=6
        6xlarge 24 12 49152 bw=4750,20000 eb=drs23 med=Xilinx:U30:2:24576=49152 nc=1,8,6.25,6.25,8 ni=8,30,30 np=6.25_Gigabit
        + vc=6,12
        24xlarge 96 48 196608 bw=19000,80000 eb=drs27 efa=1 fl=gadrET6 med=Xilinx:U30:8:24576=196608 nc=1,15,25,25,8
        + ni=15,50,50 np=25_Gigabit vc=6,12,48
        """
}
