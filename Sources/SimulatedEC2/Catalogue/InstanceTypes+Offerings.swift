// Written by tools/catalogue/instance-type-offerings.
extension InstanceTypeOfferings {
    static let table = """
        = af-south-1 m5 m5d m6g m6gd m6i m7g m7i m8g m8i m8i-flex t3 t4g c5 c5a c5ad c5d c5n c6g c6gd c6i c6in c7g c7i c7i-flex
        + c8i c8i-flex r5 r5d r5dn r5n r6g r6gd r6i r6id r7g r7gd r8i u-6tb1 x1 x1e x2idn x2iedn d2 g4dn i3 i3en i4i i7ie inf1
        af-south-1a lacks c6g c7i g4dn
        af-south-1b lacks u-6tb1
        af-south-1c lacks m6gd c7i-flex x1 x1e
        = ap-east-1 m5 m5d m6g m6gd m6i m7g m7i m7i-flex m8g t3 t4g c5 c5a c5d c5n c6a c6g c6gn c6i c6in c7g c7i c7i-flex c8g
        + r5 r5d r5n r6g r6i r7g r7gd r8g x1 d2 g4dn g5 i3 i3en i4i i7ie inf1
        ap-east-1a lacks inf1
        ap-east-1b lacks c6a
        ap-east-1c lacks x1 g5
        = ap-northeast-1 a1 m1 m3 m4 m5 m5a m5ad m5d m5dn m5n m5zn m6a m6g m6gd m6i m6id m6in m7a m7g m7gd m7i m7i-flex m8g m8i
        + m8i-flex mac1 t1 t2 t3 t3a t4g c1 c3 c4 c5 c5a c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7a c7g c7gd c7gn c7i c7i-flex
        + c8g c8i c8i-flex r3 r4 r5 r5a r5ad r5b r5d r5dn r5n r6a r6g r6gd r6i r6id r6in r7a r7g r7gd r7i r7iz r8g r8i u-6tb1
        + x1 x1e x2idn x2iedn z1d d2 d3 d3en f2 g4ad g4dn g5 g5g g6 g6e hpc7g i2 i3 i3en i4i i7ie im4gn inf1 inf2 is4gen p3dn
        + p4d p4de p5 vt1
        ap-northeast-1a lacks f2 g5g
        ap-northeast-1c lacks a1 t3a r5ad f2 hpc7g p3dn vt1
        ap-northeast-1d lacks m1 m3 mac1 t1 c1 c3 c5a r3 x1e x2iedn d3en g5 g6 g6e hpc7g i2 inf2 p3dn p4d p4de p5 vt1
        = ap-northeast-2 m4 m5 m5a m5ad m5d m5zn m6g m6gd m6i m6id m6in m7g m7gd m7i m7i-flex m8g m8i m8i-flex mac1 t2 t3 t3a
        + t4g c4 c5 c5a c5d c5n c6g c6gd c6gn c6i c6id c6in c7g c7gd c7i c7i-flex c8g c8i c8i-flex r3 r4 r5 r5a r5ad r5b r5d
        + r5dn r5n r6g r6gd r6i r6id r7g r7gd r7i r8g r8i u-6tb1 x1 x1e x2idn x2iedn z1d d2 f2 g4dn g5 g5g g6 g6e i2 i3 i3en
        + i4i i7ie inf1 inf2 p4d p5
        ap-northeast-2a lacks c7i-flex f2 p4d
        ap-northeast-2b lacks m4 m5a m5ad m5zn m6id mac1 t2 t3a c4 c7gd r3 r4 r5a r5ad r5dn u-6tb1 x1 x1e z1d f2 g5 g5g g6 i2
        + inf1 p5
        ap-northeast-2c lacks m6gd m7gd mac1 c7i-flex r6gd f2 g6e i7ie p4d p5
        ap-northeast-2d lacks m4 m5a m5ad m5zn t2 t3a c4 c5a c5n c6gd c6gn c6id c7gd r3 r4 r5a r5ad r5b r5dn r6gd r8g u-6tb1 x1
        + x1e x2idn x2iedn z1d d2 g4dn g5g g6e i2 i4i inf1 inf2 p5
        = ap-northeast-3 m4 m5 m5d m6g m6gd m6i m7g m7i m7i-flex m8g t2 t3 t4g c4 c5 c5d c5n c6g c6gd c6gn c6i c6in c7g c7gd
        + c7i c8g r4 r5 r5d r6g r6gd r6i r7g r7gd r7i r8g u-6tb1 x1 x1e x2idn x2iedn d2 g4dn g6e i3 i3en i4i
        ap-northeast-3a lacks r6gd u-6tb1 g4dn g6e i3en
        ap-northeast-3b lacks m4 t2 c4 r4 x1 x1e d2
        ap-northeast-3c lacks m4 t2 c4 c7gd r4 u-6tb1 x1 x1e d2
        = ap-south-1 a1 m4 m5 m5a m5ad m5d m6a m6g m6gd m6i m6id m6in m7g m7gd m7i m7i-flex m8g m8i m8i-flex mac1 t2 t3 t3a t4g
        + c4 c5 c5a c5d c5n c6a c6g c6gd c6gn c6i c6in c7g c7gd c7i c7i-flex c8g c8i c8i-flex r3 r4 r5 r5a r5ad r5d r5n r6a r6g
        + r6gd r6i r6id r7g r7gd r7i r8g r8i u-6tb1 x1 x1e x2idn x2iedn z1d d2 d3 g4dn g5 g6 g6e i2 i3 i3en i4i i7ie im4gn inf1
        + inf2 is4gen p4d p5 trn1
        ap-south-1a lacks a1 trn1
        ap-south-1b lacks mac1 is4gen trn1
        ap-south-1c lacks m4 t2 c4 r3 r4 x1e x2iedn z1d g5 g6 g6e i2 i7ie inf2
        = ap-south-2 m5 m5d m6a m6g m6gd m6i m7g m8g m8i m8i-flex t3 t4g c5 c5d c6a c6g c6i c6in c7g c7i c8g c8i c8i-flex r5
        + r5d r6a r6g r6i r7a r7g r7gd r7i r8g r8i u-6tb1 x2idn x2iedn i3 i3en i4i
        ap-south-2b lacks u-6tb1
        ap-south-2c lacks r7a u-6tb1 x2idn x2iedn
        = ap-southeast-1 a1 m1 m3 m4 m5 m5a m5ad m5d m5dn m5n m5zn m6a m6g m6gd m6i m6id m6in m7g m7gd m7i m7i-flex m8g m8i
        + m8i-flex mac1 mac2 t1 t2 t3 t3a t4g c1 c3 c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7g c7gd c7i
        + c7i-flex c8g c8i c8i-flex r3 r4 r5 r5a r5ad r5b r5d r5dn r5n r6a r6g r6gd r6i r6id r6in r7g r7gd r7i r8g r8i u-6tb1
        + x1 x1e x2idn x2iedn z1d d2 d3 d3en g4dn g5g hpc6a i2 i3 i3en i4g i4i i7ie im4gn inf1 inf2 is4gen p4de
        ap-southeast-1a lacks c5ad inf2 p4de
        ap-southeast-1b lacks hpc6a
        ap-southeast-1c lacks a1 m1 m3 m5zn mac1 mac2 t1 c1 c3 r3 r6a x1e x2iedn d3en g5g hpc6a i2
        = ap-southeast-2 a1 m1 m3 m4 m5 m5a m5ad m5d m5zn m6a m6g m6gd m6i m6id m6in m7a m7g m7gd m7i m7i-flex m8g m8i m8i-flex
        + mac1 t1 t2 t3 t3a t4g c1 c3 c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7g c7gd c7i c7i-flex c8g c8i
        + c8i-flex r3 r4 r5 r5a r5ad r5b r5d r5dn r5n r6a r6g r6gd r6i r6id r6in r7g r7gd r7i r8g r8i u-6tb1 x1 x1e x2idn
        + x2iedn z1d d2 d3 d3en f2 g4dn g5 g6 hpc6a i2 i3 i3en i4g i4i i7ie im4gn inf1 inf2 is4gen p4d p5 trn1
        ap-southeast-2a lacks a1 m5zn x1 x1e f2 g5 hpc6a p4d trn1
        ap-southeast-2c lacks m1 mac1 t1 c1 f2 hpc6a inf2
        = ap-southeast-3 m5 m5d m6g m6gd m6i m7g m7i m7i-flex m8g t3 t4g c5 c5d c5n c6g c6gd c6gn c6in c7g c7gd c7i c7i-flex
        + c8g r5 r5d r6g r6gd r7g r7gd r7i r8g u-6tb1 x2idn x2iedn d3en g5 g5g i3 i3en i4i i7ie p5
        ap-southeast-3b lacks c7gd u-6tb1 x2iedn g5 g5g p5
        ap-southeast-3c lacks d3en g5g p5
        = ap-southeast-4 m5 m5d m6g m6gd m7g m7i m7i-flex m8g t3 t4g c5 c5d c6g c6in c7i c8g r5 r5d r6g r7g r7i r8g x2idn i3
        + i3en i4i i7ie trn1
        ap-southeast-4b lacks trn1
        ap-southeast-4c lacks trn1
        = ap-southeast-5 m6g m6gd m6i m6id m7g m7gd m7i m7i-flex m8g m8i m8i-flex t3 t4g c6g c6gn c6i c6id c6in c7g c7gd c7i
        + c7i-flex c8g c8i c8i-flex r6g r6i r6id r7g r7gd r7i r8g r8i x2idn x2iedn g6 i3en i4i i7ie
        ap-southeast-5b lacks c8i
        ap-southeast-5c lacks g6
        = ca-central-1 m4 m5 m5a m5ad m5d m6a m6g m6gd m6i m6id m6in m7g m7i m7i-flex m8g m8i m8i-flex t2 t3 t3a t4g c4 c5 c5a
        + c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7g c7gd c7i c7i-flex c8g c8i c8i-flex r4 r5 r5a r5ad r5b r5d r5n r6a r6g
        + r6gd r6i r7g r7i r8g r8i u-6tb1 x1 x1e x2idn x2iedn d2 d3 f2 g4ad g4dn g5 g6 i3 i3en i4g i4i i7ie im4gn inf1 is4gen
        + p4d p5
        ca-central-1a lacks f2 p5
        ca-central-1b lacks c7gd f2 p5
        ca-central-1d lacks m4 m5ad t2 t3a c4 c6id r4 r5a r5ad r6a x1 x1e d2 g4ad g4dn g5 inf1 p4d
        = ca-west-1 m5 m5d m6g m6gd m6i m6id m8g t3 t4g c5 c6g c6gn c6i c6id c6in c7g r5 r6g r6i r6id r7g i3en i4i i7ie
        ca-west-1c lacks m8g i7ie
        = eu-central-1 a1 m3 m4 m5 m5a m5ad m5d m5dn m5n m5zn m6a m6g m6gd m6i m6id m6in m7a m7g m7gd m7i m7i-flex m8g m8i
        + m8i-flex mac1 t2 t3 t3a t4g c3 c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7a c7g c7gd c7i c7i-flex c8g
        + c8i c8i-flex r3 r4 r5 r5a r5ad r5b r5d r5dn r5n r6a r6g r6gd r6i r6id r6in r7a r7g r7gd r7i r7iz r8g r8i u-6tb1 x1
        + x1e x2idn x2iedn z1d d2 d3 d3en f2 g4ad g4dn g5 g5g g6 g6e i2 i3 i3en i4i i7ie im4gn inf1 inf2 is4gen p4d p4de
        eu-central-1a lacks c7i-flex c8i f2 g5g
        eu-central-1b lacks mac1 g5g p4de
        eu-central-1c lacks a1 m3 m5ad m5zn c3 r3 g4ad i2 inf2
        = eu-central-2 m5 m5d m6g m6gd m6i m6id m6in m7g m7i m8g t3 t4g c5 c5d c6g c6gd c6in c7g c7gd c7i c7i-flex c8g r5 r5d
        + r6g r6gd r6i r7g r8g u-6tb1 x2idn x2iedn d3 g6 i3 i3en i4i i7ie
        eu-central-2a lacks c7g c7gd g6
        eu-central-2b lacks i7ie
        eu-central-2c lacks c8g u-6tb1 x2idn x2iedn
        = eu-north-1 m5 m5d m6g m6gd m6i m6in m7a m7g m7gd m7i m7i-flex m8g mac1 t3 t4g c5 c5a c5d c5n c6g c6gd c6gn c6i c6in
        + c7a c7g c7gd c7i c7i-flex c8g r5 r5b r5d r5dn r5n r6g r6gd r6i r6in r7a r7g r7gd r7i r8g u-6tb1 x2idn x2iedn d2 g4dn
        + g5 g6 g6e hpc6a i3 i3en i4i i7ie inf1 inf2 p4d p5
        eu-north-1a lacks r5b r5dn g5 hpc6a p4d
        eu-north-1b lacks inf1 p4d
        eu-north-1c lacks mac1 r6gd u-6tb1 g6 g6e hpc6a inf2
        = eu-south-1 m5 m5a m5d m6a m6g m6gd m6i m6id m7i m8g t3 t3a t4g c5 c5a c5ad c5d c5n c6g c6gn c6i c6id c6in c7g c8g r5
        + r5a r5b r5d r5dn r5n r6g r6i r7g r7gd r7i u-6tb1 x2idn x2iedn d2 g4dn i3 i3en i4i i7ie im4gn inf1
        eu-south-1a lacks g4dn
        eu-south-1b lacks i7ie
        eu-south-1c lacks m6id c8g u-6tb1 inf1
        = eu-south-2 m5 m5d m6g m6gd m6id m6in m7a m7g m7gd m7i m7i-flex m8g m8i m8i-flex t3 t4g c5 c5d c6g c6gd c6in c7a c7g
        + c7gd c7i c7i-flex c8g c8i c8i-flex r5 r5d r6g r6gd r6id r7a r7g r7gd r7i r8g r8i u-6tb1 x2idn x2iedn g5g g6 g6e i3
        + i3en i4i i7ie im4gn
        eu-south-2a lacks g6e
        eu-south-2b lacks g5g
        eu-south-2c lacks c6gd u-6tb1 x2idn x2iedn g5g
        = eu-west-1 a1 m1 m3 m4 m5 m5a m5ad m5d m5dn m5n m5zn m6a m6g m6gd m6i m6id m6in m7a m7g m7gd m7i m7i-flex m8g m8i
        + m8i-flex mac1 mac2 t1 t2 t3 t3a t4g c1 c3 c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7a c7g c7gd c7gn
        + c7i c7i-flex c8g c8i c8i-flex r3 r4 r5 r5a r5ad r5b r5d r5dn r5n r6a r6g r6gd r6i r6id r6in r7a r7g r7gd r7i r7iz r8g
        + r8i u-6tb1 x1 x1e x2gd x2idn x2iedn z1d d2 d3 d3en g4ad g4dn g5 h1 hpc7g i2 i3 i3en i4g i4i i7ie im4gn inf1 inf2
        + is4gen p3dn p4d vt1
        eu-west-1a lacks a1 mac1 mac2 hpc7g p3dn p4d vt1
        eu-west-1b lacks c8i h1 p4d
        eu-west-1c lacks m8i m8i-flex c8i-flex r8i hpc7g
        = eu-west-2 m4 m5 m5a m5ad m5d m6a m6g m6gd m6i m6id m6in m7a m7g m7i m7i-flex m8g m8i m8i-flex mac1 t2 t3 t3a t4g c4
        + c5 c5a c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7a c7g c7gd c7i c7i-flex c8g c8i c8i-flex r4 r5 r5a r5ad r5b r5d r5n
        + r6g r6gd r6i r6id r7g r7gd r7i r8g r8i u-6tb1 x1 x2idn x2iedn z1d d2 d3 f2 g4ad g4dn g5 g6 i3 i3en i4i i7ie im4gn
        + inf1 inf2 is4gen p4d p5
        eu-west-2a lacks m6in c8i u-6tb1
        eu-west-2b lacks mac1 c6id r6gd d3 f2 g4ad inf2
        eu-west-2c lacks m6id c7a g5 inf2 p4d
        = eu-west-3 m5 m5a m5ad m5d m6a m6g m6gd m6i m7g m7gd m7i m7i-flex m8g m8i m8i-flex t2 t3 t3a t4g c5 c5a c5d c5n c6g
        + c6gd c6gn c6i c6id c6in c7g c7gd c7i c7i-flex c8i c8i-flex r4 r5 r5a r5ad r5d r5dn r5n r6g r6gd r6i r7g r7gd r7i r8g
        + r8i u-6tb1 x1 x2idn x2iedn d2 d3 g4dn g6 i3 i3en i4i i7ie im4gn inf1 inf2 is4gen
        eu-west-3a lacks c6id g6 inf2
        eu-west-3b lacks m8i m8i-flex c5a c8i c8i-flex i7ie inf1
        eu-west-3c lacks c7gd r5dn
        = il-central-1 m5 m5d m6g m6gd m6i m6id m7g m7i t3 t3a t4g c5 c5d c6g c6gn c6i c6id c6in c7g r5 r5d r6g r6i r6id r7g
        + r7gd u-6tb1 x2idn d3 g5 i3 i3en i4i p4de
        il-central-1a lacks u-6tb1
        il-central-1b lacks x2idn
        il-central-1c lacks u-6tb1
        = me-central-1 m5 m5d m6g m6gd m6i m7g m7gd m7i m8g c5 c5d c6g c6in c7i r5 r5d r6g r6i r7g r7gd r8g r8i x2idn g5 g6 g6e
        + i3 i3en i4i
        me-central-1a lacks r8i
        me-central-1c lacks g5 g6 g6e
        = me-south-1 m5 m5d m6g m6gd m6i m7g m8g t3 t4g c5 c5a c5ad c5d c5n c6g c6gn c6i c6in c7g r5 r5d r6g r6i r7g x2idn d2
        + g4dn i3 i3en i4i inf1
        me-south-1a lacks g4dn inf1
        me-south-1c lacks x2idn
        = sa-east-1 m1 m3 m4 m5 m5a m5ad m5d m5zn m6a m6g m6gd m6i m6id m7g m7gd m7i m7i-flex m8g m8i m8i-flex t1 t2 t3 t3a t4g
        + c1 c3 c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7g c7gd c7i c7i-flex c8g c8i c8i-flex r3 r4 r5 r5a r5ad
        + r5b r5d r5n r6g r6gd r6i r7g r7gd r7i r8g r8i u-6tb1 x1 x1e x2idn x2iedn g4dn g5 g6 i3 i3en i4g i4i i7ie inf1 inf2
        + p4d p5
        sa-east-1a lacks c8i inf2 p5
        sa-east-1b lacks m1 m3 m4 m5ad m6id t1 t2 c3 c4 r3 r4 r5a r5ad x1 x1e inf2 p4d p5
        sa-east-1c lacks m1 m5zn m7gd t1 c1 c5ad c7gd c8i-flex g5 g6
        = us-east-1 a1 m1 m3 m4 m5 m5a m5ad m5d m5dn m5n m5zn m6a m6g m6gd m6i m6id m6in m7a m7g m7gd m7i m7i-flex m8g m8i
        + m8i-flex mac1 mac2 t1 t2 t3 t3a t4g c1 c3 c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7a c7g c7gd c7gn
        + c7i c7i-flex c8g c8i c8i-flex r3 r4 r5 r5a r5ad r5b r5d r5dn r5n r6a r6g r6gd r6i r6id r6in r7a r7g r7gd r7i r7iz r8g
        + r8i u-6tb1 x1 x1e x2gd x2idn x2iedn z1d d2 d3 d3en dl1 f2 g4ad g4dn g5 g5g g6 g6e h1 hpc7g i2 i3 i3en i4g i4i i7ie
        + im4gn inf1 inf2 is4gen p3dn p4d p4de p5 trn1 vt1
        us-east-1a lacks mac1 hpc7g p3dn p4de trn1
        us-east-1b lacks dl1 hpc7g p3dn vt1
        us-east-1c lacks dl1 vt1
        us-east-1d lacks a1 m3 m8i-flex mac1 c3 r3 dl1 h1 hpc7g inf2 p4de trn1
        us-east-1e only m3 m4 t2 c3 c4 r3 r4 x1 d2 f2 i2 i3 p5
        us-east-1f lacks a1 m1 m3 m8i-flex mac1 mac2 c1 c3 r3 r5b u-6tb1 x1e d3 d3en dl1 f2 g4ad g5g g6e hpc7g i2 im4gn is4gen
        + p3dn p4d p4de vt1
        = us-east-2 a1 m4 m5 m5a m5ad m5d m5dn m5n m5zn m6a m6g m6gd m6i m6id m6in m7a m7g m7gd m7i m7i-flex m8g m8i m8i-flex
        + mac1 mac2 t2 t3 t3a t4g c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7a c7g c7gd c7gn c7i c7i-flex c8g c8i
        + c8i-flex r3 r4 r5 r5a r5ad r5b r5d r5dn r5n r6a r6g r6gd r6i r6id r6in r7a r7g r7gd r7i r7iz r8g r8i u-6tb1 x1 x1e
        + x2gd x2idn x2iedn z1d d2 d3 g4ad g4dn g5 g6 g6e h1 hpc6a i2 i3 i3en i4g i4i i7ie im4gn inf1 inf2 is4gen p4d p5 trn1
        us-east-2a lacks mac1 hpc6a trn1
        us-east-2b lacks trn1
        us-east-2c lacks a1 c5ad x1e z1d hpc6a
        = us-west-1 m1 m3 m4 m5 m5a m5ad m5d m5zn m6a m6g m6gd m6i m6id m6in m7g m7gd m7i m7i-flex m8g m8i m8i-flex t1 t2 t3
        + t3a t4g c1 c3 c4 c5 c5a c5d c5n c6a c6g c6gd c6gn c6i c6in c7g c7gd c7i c7i-flex c8g c8i c8i-flex r3 r4 r5 r5a r5ad
        + r5d r5n r6a r6g r6gd r6i r7g r7gd r7i r8g r8i x2idn x2iedn z1d d2 g4dn i2 i3 i3en i4i i7ie inf1 p5
        = us-west-2 a1 m1 m3 m4 m5 m5a m5ad m5d m5dn m5n m5zn m6a m6g m6gd m6i m6id m6in m7a m7g m7gd m7i m7i-flex m8g m8i
        + m8i-flex mac1 mac2 t1 t2 t3 t3a t4g c1 c3 c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7a c7g c7gd c7gn
        + c7i c7i-flex c8g c8i c8i-flex r3 r4 r5 r5a r5ad r5b r5d r5dn r5n r6a r6g r6gd r6i r6id r6in r7a r7g r7gd r7i r7iz r8g
        + r8i u-6tb1 x1 x1e x2gd x2idn x2iedn z1d d2 d3 d3en dl1 f2 g4ad g4dn g5 g5g g6 g6e h1 i2 i3 i3en i4g i4i i7ie im4gn
        + inf1 inf2 is4gen p3dn p4d p4de p5 trn1 vt1
        us-west-2a lacks dl1 f2 h1 p3dn trn1 vt1
        us-west-2b lacks a1
        us-west-2c lacks c5ad dl1 trn1 vt1
        us-west-2d lacks a1 m1 m3 m4 m5dn m5n m5zn t1 t2 c1 c3 c4 c6in r3 r4 r5b r5n r6in u-6tb1 x1 x1e x2idn x2iedn z1d dl1 f2
        + g4ad g4dn g5 g5g h1 i2 im4gn is4gen p3dn p4de vt1
        """
}
